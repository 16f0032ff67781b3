"""What does each verb of the tool do? One file each: options in, words and exit code out."""
