"""Internal records of earlier releases: their bytes wait in savepoints, and fields that they lack have defaults."""

from schemas.internal_form import decode_internal
from schemas.records import Finding, MessageScreened, Span

UNSCORED = (
    "0f4d65737361676553637265656e656487a86576656e745f6964a26531a561745f6d73cf0000018bcfe56800a973656e6465"
    "725f6964a3616e6eac726563697069656e745f6964a3626f62a867726f75705f6964c0a873637265656e656491a27631a866"
    "696e64696e67739184a776657273696f6ea27631a472756c65ae667269656e64736869702d616765a57370616e739184a864"
    "65746563746f72a962616e6b5f63617264a76b6579776f7264c0a5737461727400a3656e6410aa7370616e5f636f756e7400"
)


def test_a_screened_message_of_0_2_0_has_no_score() -> None:
    span = Span(detector="bank_card", start=0, end=16)
    found = Finding(version="v1", rule="friendship-age", spans=(span,), score=0)
    message = MessageScreened(
        event_id="e1", at_ms=1_700_000_000_000, sender_id="ann", recipient_id="bob", screened=("v1",), findings=(found,)
    )
    assert decode_internal(bytes.fromhex(UNSCORED)) == message
