"""The inner parts of Gradio that the lab needs: a Gradio that has moved one is refused at the start."""

import gradio as gr
import pytest
from gradio.blocks import Blocks
from gradio.mcp import GradioMCPServer

from demo.web import gradio_doors


def test_the_installed_gradio_has_all_that_the_lab_needs():
    gradio_doors.check()


@pytest.mark.parametrize(("owner", "name"), [(Blocks, "validate_inputs"), (GradioMCPServer, "postprocess_output_data")])
def test_a_gradio_that_has_moved_a_part_is_refused(monkeypatch, owner, name):
    monkeypatch.delattr(owner, name)
    with pytest.raises(RuntimeError, match=rf"^Gradio {gr.__version__} has moved \w+\.{name}\. Install the version"):
        gradio_doors.check()


def test_the_parts_are_in_their_places(lab):
    assert lab.space_id is None
    assert lab.validate_inputs is gradio_doors.check_values
    assert isinstance(lab._queue.pending_messages_per_session, gradio_doors.Unread)
    assert GradioMCPServer.postprocess_output_data is gradio_doors.in_json
