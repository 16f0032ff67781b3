"""Keccak-256, the hash of Ethereum: SHA-3 before its standard (FIPS 202), from which only the padding differs."""

from __future__ import annotations

from typing import Final

_LANE: Final = (1 << 64) - 1
_RATE: Final = 136  # bytes taken in at a time
_SIZE: Final = 32  # bytes of a hash
KECCAK_PADDING: Final = 0x01
SHA3_PADDING: Final = 0x06


def _rotate(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _LANE if by else lane


def _round_constants() -> tuple[int, ...]:
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for place in range(7):
            constant |= (register & 1) << ((1 << place) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


def _turns() -> tuple[tuple[int, int, int], ...]:
    """Return for each step of rho and pi the lane that moves, where it goes, and by how much it turns."""
    steps, x, y = [(0, 0, 0)], 1, 0
    for t in range(24):
        goes_x, goes_y = y, (2 * x + 3 * y) % 5
        steps.append((x + 5 * y, goes_x + 5 * goes_y, (t + 1) * (t + 2) // 2 % 64))
        x, y = goes_x, goes_y
    return tuple(steps)


_CONSTANTS: Final = _round_constants()
_TURNS: Final = _turns()


def _permute(lanes: list[int]) -> list[int]:
    for constant in _CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [columns[x - 1] ^ _rotate(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for lane, goes, turn in _TURNS:
            moved[goes] = _rotate(lanes[lane] ^ mixed[lane % 5], turn)
        rows = range(0, 25, 5)
        lanes = [
            moved[y + x] ^ (~moved[y + (x + 1) % 5] & moved[y + (x + 2) % 5] & _LANE) for y in rows for x in range(5)
        ]
        lanes[0] ^= constant
    return lanes


def keccak_256(data: bytes, padding: int = KECCAK_PADDING) -> bytes:
    """Return the hash of some bytes."""
    padded = bytearray(data + bytes([padding]) + bytes(-(len(data) + 1) % _RATE))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            lanes[lane] ^= int.from_bytes(padded[start + 8 * lane : start + 8 * lane + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)[:_SIZE]
