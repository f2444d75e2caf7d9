"""First numbers of a run's random stream: xoshiro256** on Python integers, seeded by SHA-256 of "seed/purpose/step"."""
import hashlib
import struct
import sys

M = (1 << 64) - 1


def rotl(x, k):
    return ((x << k) | (x >> (64 - k))) & M


s = list(struct.unpack("<4Q", hashlib.sha256(sys.argv[1].encode()).digest()))
for _ in range(3):
    print((rotl((s[1] * 5) & M, 7) * 9) & M)
    t = (s[1] << 17) & M
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 45)
