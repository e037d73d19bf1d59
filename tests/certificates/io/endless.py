"""Run by the tests of `confined`: takes all the time and memory there is."""

from chizheng.platform.io.confined import limit

if __name__ == "__main__":
    limit()
    held = []
    while True:
        held.append(bytearray(1 << 20))
        if len(held) > 2_000:
            held.clear()
