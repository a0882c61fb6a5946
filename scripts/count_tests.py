#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the single tests in meson's log: count_tests.py testlog.json

Ends with "N passed, N failed". A program that failed without naming a failed test of its
own (a crash, a time-out) counts as one. Exit status 1 when something failed or nothing
ran.
"""

import json
import re
import sys


def count(entry):
    """(passed, failed, skipped) of one test program."""
    text = entry.get("stdout", "")
    tap = re.findall(r"^(ok|not ok) \d+(.*)$", text, re.MULTILINE)
    if tap:
        left_out = len(re.findall(r"^# left out: ", text, re.MULTILINE))
        skipped = sum("# SKIP" in rest for word, rest in tap if word == "ok") + left_out
        passed = sum(word == "ok" for word, _ in tap) - skipped
        failed = sum(word == "not ok" for word, _ in tap)
    else:
        told = {
            word: int(number)
            for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", text)
        }
        passed, skipped = told.get("passed", 0), told.get("skipped", 0)
        failed = told.get("failed", 0) + told.get("error", 0)
    well = entry["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
    if not well and failed == 0:
        failed = 1
    if well and passed + failed + skipped == 0:
        passed = 1
    return passed, failed, skipped


def main(path):
    with open(path, encoding="utf-8") as log:
        counts = [count(json.loads(line)) for line in log]
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
