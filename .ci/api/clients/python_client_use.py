"""Five things that users do, by the client of openapi-python-client."""

import os

from python_client import AuthenticatedClient
from python_client.api.runs import list_runs
from python_client.api.tasks import change_task, create_task, list_tasks, run_task
from python_client.models import (
    CronTrigger,
    CronTriggerType,
    ListRunsTrigger,
    ManualTrigger,
    ManualTriggerType,
    NoopAction,
    NoopActionType,
    ProblemResponse,
    RetryPolicy,
    RunPage,
    RunResponse,
    TaskInput,
    TaskPage,
    TaskPatch,
    TaskPatchRetryType0,
    TaskResponse,
)
from python_client.types import UNSET

client = AuthenticatedClient(base_url=os.environ["API_URL"], token=os.environ["API_TOKEN"])
manual = ManualTrigger(type_=ManualTriggerType.MANUAL)
noop = NoopAction(type_=NoopActionType.NOOP, duration_ms=1)

nightly = CronTrigger(type_=CronTriggerType.CRON, expression="0 2 * * *", time_zone="Europe/Berlin")
task = create_task.sync(
    client=client,
    idempotency_key="python",
    body=TaskInput(
        name="by openapi-python-client",
        description="to be removed",
        triggers=[nightly, manual],
        action=noop,
        retry=RetryPolicy(max_attempts=2, retry_on=[503, "timeout"]),
    ),
)
assert isinstance(task, TaskResponse), task

run = run_task.sync(task.id, client=client)
assert isinstance(run, RunResponse), run
runs = list_runs.sync(client=client, task_id=str(task.id), trigger=ListRunsTrigger.MANUAL, limit=10)
assert isinstance(runs, RunPage), runs
assert [item.id for item in runs.items] == [run.id], runs

patch = TaskPatch(description=None, retry=TaskPatchRetryType0(retry_on=None, max_attempts=5), priority=9)
patched = change_task.sync(task.id, client=client, body=patch, if_match=f'"{task.version}"')
assert isinstance(patched, TaskResponse), patched
assert (patched.description, patched.priority, patched.retry.max_attempts, patched.retry.retry_on) == (UNSET, 9, 5, UNSET)

for number in range(3):
    create_task.sync(client=client, body=TaskInput(name=f"page {number}", triggers=[manual], action=noop))
seen: list[str] = []
cursor: str | None = None
while True:
    page = list_tasks.sync(client=client, limit=2, cursor=UNSET if cursor is None else cursor)
    assert isinstance(page, TaskPage), page
    seen += [item.name for item in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert len(seen) == len(set(seen)) == 4, seen

bad = list_tasks.sync(client=client, limit=1000)
assert isinstance(bad, ProblemResponse), bad
assert (bad.status, bad.errors[0].parameter) == (400, "limit"), bad
assert "1 to 200" in bad.errors[0].detail
print("openapi-python-client: five of five.")
