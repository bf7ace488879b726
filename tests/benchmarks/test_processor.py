"""Is the processor time of a process that of the work it did?"""

import os
import subprocess
import sys
import time

import pytest

from benchmarks.processor import Usage, seconds

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_working_takes_processor_time_and_waiting_takes_none():
    before = seconds(os.getpid())
    time.sleep(0.3)
    waited = seconds(os.getpid()) - before
    began = time.process_time()
    while time.process_time() < began + 0.3:
        pass

    assert waited < 0.2
    assert seconds(os.getpid()) - before >= 0.25


def test_children_that_have_ended_count_if_asked_for():
    before = seconds(os.getpid(), with_ended=True)
    alone = seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)

    assert seconds(os.getpid(), with_ended=True) - before >= 0.25
    assert seconds(os.getpid()) - alone < 0.25


def test_a_process_that_is_gone_used_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert seconds(process.pid) == 0


def test_usage_is_what_was_used_in_between():
    assert Usage(3.0, 2.0).since(Usage(1.0, 0.5)) == Usage(
        pytest.approx(2.0), pytest.approx(1.5)
    )
