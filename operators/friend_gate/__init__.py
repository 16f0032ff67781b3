"""Friend gate: holds a friend request that imitates a friend until the imitated friend has answered."""
