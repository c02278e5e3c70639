"""Whatever a worker has opened is closed when it has ended, not when Python happens to find it unused."""

from sync_queue import DeadLetterQueue, QueueManager
from tests.open_files import open_below
from worker.processor import SyncWorker


def test_no_file_is_open_when_a_worker_that_synced_was_closed(stepper):
    stepper.item("bunny.mkv")
    stepper.sync(stepper.scene("bunny.mkv", title="Big Buck Bunny"))
    assert {"index.db", "state.db", "dlq.db", "queue/data.db"} <= open_below(stepper.data_dir)
    assert stepper.parts.close()
    assert open_below(stepper.data_dir) == set()


def test_way_into_stash_is_still_known_when_its_client_was_closed(stepper):
    stepper.parts.stash.configuration()
    before = stepper.parts.stash.handed_on()
    stepper.parts.stash.close()
    assert stepper.parts.stash.handed_on() == before


def test_no_file_is_open_when_a_program_has_stopped_its_worker(tmp_path):
    manager, dlq = QueueManager(tmp_path), DeadLetterQueue(tmp_path)
    worker = SyncWorker(manager.get_queue(), dlq)
    worker.start()
    worker.stop()
    dlq.close()
    manager.shutdown()
    assert open_below(tmp_path) == set()


def test_worker_goes_on_when_it_is_used_again_after_its_stop(desk):
    desk.put(1)
    desk.worker.stop()
    desk.worker.start()
    desk.worker.stop()
    desk.put(2)
    desk.step()
    assert desk.stats() == {"completed": 2}
