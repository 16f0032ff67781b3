"""What is concluded: pure decision logic over records and state, without clock, chance, input or output."""
