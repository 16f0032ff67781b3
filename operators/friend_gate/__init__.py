"""Friend gate: holds a friend request that imitates a friend until that friend answers."""
