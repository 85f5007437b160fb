"""For fields of text: editing keys that take effect in the order in which they were pressed."""

from textual.events import Key
from textual.widget import Widget


async def edit_at_once(field: Widget, event: Key) -> None:
    """Do what a key of the field is bound to, as it comes.

    By itself Textual does that only after a key has gone up to the app and found no taker
    there; letters that came close behind, as they do over a slow line, are in the field by
    then, and a Backspace would take away the wrong one.
    """
    bound = field._bindings.key_to_bindings.get(event.key)
    if bound and not event.is_printable:
        event.stop()
        event.prevent_default()
        await field.run_action(bound[0].action)
