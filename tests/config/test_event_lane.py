"""Do events reach their door by the short way, and nothing else with them?"""

import pytest
from django.urls import resolve

from config.event_lane import ADDRESSES
from lineage.api.door import batch_door
from policies.actions import Action


@pytest.mark.parametrize("address", sorted(ADDRESSES))
def test_the_lane_leads_to_the_door(address):
    view = resolve(address).func
    assert view.actions["POST"] == Action.EVENT_INGEST
    assert (view is batch_door) == ("batch" in address)


@pytest.mark.django_db
@pytest.mark.parametrize("address", sorted(ADDRESSES))
def test_answers_on_the_lane_have_what_all_answers_have(client, address):
    answer = client.post(address, "{", content_type="application/json")

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]
    assert "Set-Cookie" not in answer.headers
