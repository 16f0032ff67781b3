package kithward;

/** How does a step find what stands before it in its task? Its interpreter makes one of these, and asks. */
public final class OperatorLocator {
    /** Returns what puts the events of the step of this thread in order. */
    public EventTimeBuffer inOrder() {
        return EventTimeBuffer.ofThisThread();
    }
}
