"""The inner parts of Gradio that the lab needs: a Gradio that has moved one is refused at the start."""

import re

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


def test_the_files_that_the_page_names_are_there():
    files = re.findall(r'href="\./([^"]*)"', "".join(gradio_doors.preloads()))
    assert len(files) > 10
    assert all((gradio_doors.FRONTEND / file).is_file() for file in files)


def test_where_gradio_lists_no_files_the_page_names_none(monkeypatch, tmp_path):
    monkeypatch.setattr(gradio_doors, "FRONTEND", tmp_path)
    for page, script in (("", ""), ("./assets/index-a.js", "no list")):
        (tmp_path / "assets").mkdir(exist_ok=True)
        (tmp_path / "index.html").write_text(page)
        (tmp_path / "assets" / "index-a.js").write_text(script)
        assert gradio_doors.preloads() == []


def test_the_parts_are_in_their_places(lab):
    assert lab.space_id is None
    assert lab.validate_inputs is gradio_doors.check_values
    assert isinstance(lab._queue.pending_messages_per_session, gradio_doors.Unread)
    assert GradioMCPServer.postprocess_output_data is gradio_doors.in_json
