package kithward;

/**
 * Lets the Python part of a step find the state of its own task: both are in one operator chain and run in one thread. Python
 * instantiates this class through the job's class loader.
 */
public final class OperatorLocator {
    /** Returns the state of the step that runs in the calling thread. */
    public StepState stepState() {
        return EventTimeBuffer.stateOfThisThread();
    }
}
