"""A teacher and three students, each in a browser of their own, vote on a lesson in two rounds and see it run."""

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.teaching.course import CHAPTERS
from demo.teaching.lessons import BY_KEY
from tests.browser.visitor import open_lab, press, wait_for

pytestmark = pytest.mark.browser
LESSON = BY_KEY["over"]
ORDER = [key for chapter in CHAPTERS for key in chapter.lessons]
AFTER = ORDER[ORDER.index(LESSON.key) + 1]
SHOWN = [f"{letter}. {choice}" for letter, choice in zip("ABC", LESSON.choices)]


def ask_the_class(page: Page, key: str) -> None:
    page.locator("#course_door, #to_course").filter(visible=True).click()
    page.locator(f".lesson-link[data-key={key}]").click()
    press(page, "Ask the class")


def expect_votes(teacher: Page, votes: int) -> None:
    """The teacher's page asks by itself."""
    expect(teacher.locator("#class .votes")).to_have_text(f"Votes: {votes}")


def cells(page: Page) -> list[list[str]]:
    rows = page.locator(".results tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('th, .words')].map(cell => cell.textContent))"
    )
    return rows


def choose(student: Page, choice: int) -> None:
    button = student.get_by_role("button", name=SHOWN[choice], exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(student.get_by_role("status")).to_contain_text("Your vote is counted.")


def look_again(student: Page) -> None:
    """Who comes back to the page sees at once how far the class is."""
    with student.expect_response("**/class/look"):
        student.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def expect_no_fault(page: Page) -> None:
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_class_votes_twice_and_then_the_lab_runs(new_page, url):
    teacher = new_page(1280, 720, user_agent="Teacher")
    open_lab(teacher, url)
    ask_the_class(teacher, LESSON.key)
    panel = teacher.locator("#class")
    expect(panel.locator(".qr svg")).to_be_visible()
    expect(panel.locator("h2")).to_have_text(LESSON.question)
    assert panel.locator("li").all_inner_texts() == SHOWN
    code = panel.locator(".code").inner_text()
    expect(panel.locator(".link")).to_contain_text(f"?room={code}")
    assert teacher.evaluate("location.hash") == ""
    panel.locator(".qr").click()
    teacher.wait_for_function("document.fullscreenElement?.tagName === 'ASIDE'")
    for seen in (".qr svg", ".code", ".link", ".votes"):  # who cannot scan types
        expect(panel.locator(seen)).to_be_in_viewport(ratio=1)
    panel.locator(".qr").click()
    teacher.wait_for_function("!document.fullscreenElement")

    students = [new_page(360, 740, user_agent=f"Student {i}", color_scheme=("light", "dark")[i % 2]) for i in range(3)]
    for student in students:
        student.goto(f"{url}?room={code.lower()}")
        expect(student.get_by_role("heading")).to_have_text(LESSON.question)
        expect(student.get_by_role("button", name=SHOWN[0], exact=True)).to_be_disabled()
    first, second, third = students

    with teacher.expect_request("**/class/act") as act:
        press(teacher, "Open round 1")
    told = {"act": "open round 1", "number": 1, "phase": "ready"}  # what the teacher saw: if late, it changes nothing
    assert act.value.post_data_json.items() >= told.items()
    for choice, student in enumerate(students):  # their pages follow the class by themselves
        choose(student, choice)
        assert student.locator(".choice").nth(0).bounding_box()["height"] >= 48
    expect_no_fault(first)
    expect_no_fault(second)  # in the dark
    expect_votes(teacher, 3)
    choose(third, 1)  # a vote can be changed
    choose(third, 0)
    press(teacher, "Pause")
    expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    third.get_by_role("button", name=SHOWN[2], exact=True).click()
    expect(third.get_by_role("status")).to_have_text("This round is not open. Your vote was not counted.")
    expect(third.get_by_role("button", name=SHOWN[0], exact=True)).to_have_attribute("aria-pressed", "true")
    press(teacher, "Go on")
    press(teacher, "Close the round")
    press(teacher, "Discuss")
    expect(panel.get_by_role("status")).to_contain_text("Discuss with your neighbour")
    for page in (teacher, *students):
        expect(page.locator(".results")).to_have_count(0)

    teacher.goto(f"{url}?lesson={AFTER}")  # a question that the class has not finished stays
    press(teacher, "Ask the class")
    expect(panel.get_by_role("status")).to_contain_text("Question 1 is not finished. Show its votes")
    expect(panel.locator("h2")).to_have_text(LESSON.question)

    teacher.reload()  # the panel is still there
    press(teacher, "Open round 2")
    for student in students[:2]:
        expect(student.locator("[aria-pressed=true]")).to_have_count(0)
        choose(student, 1)
    look_again(third)
    choose(third, 1)
    expect_votes(teacher, 3)
    press(teacher, "Close the round")
    press(teacher, "Show the votes")
    rounds = [["2 (67%)", "0 (0%)"], ["1 (33%)", "3 (100%)"], ["0 (0%)", "0 (0%)"]]
    expect(panel.locator(".results")).to_be_visible()
    assert cells(teacher) == [[name, *votes] for name, votes in zip(SHOWN, rounds)]
    expect(first.get_by_text("your vote")).to_have_count(2)
    assert cells(first) == cells(teacher)
    bars = "bars => bars.map(bar => Math.round(100 * bar.offsetWidth / bar.parentNode.clientWidth))"
    assert first.locator(".fill").evaluate_all(bars) == [67, 0, 33, 100, 0, 0]  # drawn without a style in the page
    expect(panel.get_by_text("✓ right")).to_have_count(0)
    expect_no_fault(teacher)

    press(teacher, "Run it in the lab")
    expect(panel).to_be_hidden()
    expect(teacher.locator("#look")).to_be_visible()
    for told in ("#two-ways .reason", ".notice.filled"):  # they explain what is asked
        expect(teacher.locator(told)).to_be_hidden()
    look_again(first)
    expect(first.get_by_text("✓ right")).to_have_count(0)  # the phones do not tell it before the projector does
    with teacher.expect_response("**/class/act"):
        press(teacher, "What is the answer?")
    expect(teacher.locator("#verdict")).to_contain_text(LESSON.choices[LESSON.right])
    expect(teacher.locator("#status")).to_have_text("Trained: 1,000 steps.")
    expect(teacher.locator(".notice")).to_contain_text("cannot settle")
    expect(first.locator("tr.right th")).to_have_text(f"{SHOWN[LESSON.right]} ✓ right")
    expect_no_fault(first)

    press(teacher, f"Class {code}")
    with teacher.expect_download() as download:
        press(teacher, "Counts as CSV")
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert [re.search(r"\d+,\d+$", line).group() for line in lines[1:]] == ["2,0", "1,3", "0,0"]

    press(teacher, "Next question")  # of the course, in the same room
    expect(panel.locator(".where")).to_have_text("Question 2")
    expect(panel.locator("h2")).to_have_text(BY_KEY[AFTER].question)
    expect(panel.locator(".code")).to_have_text(code)
    expect(second.locator(".where")).to_have_text(f"Room {code} · question 2")
    expect(second.locator("[aria-pressed=true]")).to_have_count(0)

    press(teacher, "End the class")
    press(teacher, "Remove the room and all its votes")
    expect(panel).to_be_hidden()
    expect(teacher.locator("#class_back")).to_be_hidden()
    expect(second.get_by_role("status")).to_contain_text("There is no room")


def test_the_host_moves_to_another_browser_by_a_link_and_the_address_forgets_it(new_page, url):
    teacher = new_page(user_agent="Teacher")
    open_lab(teacher, url)
    ask_the_class(teacher, LESSON.key)
    expect(teacher.locator("#class .code")).to_have_text(re.compile("[A-Z]{5}"))
    own = teacher.evaluate("JSON.parse(localStorage.getItem('bigram-class'))")
    teacher.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    press(teacher, "Copy the host’s link")
    expect(teacher.locator("#class .status")).to_contain_text("The link is selected: press Ctrl+C.")
    selected = "box => box.value.slice(box.selectionStart, box.selectionEnd)"
    assert teacher.locator("#class .own").evaluate(selected) == f"{url}#class={own['code']}.{own['secret']}"
    asked = []
    other = new_page(user_agent="Another teacher")
    other.on("request", lambda request: asked.append(request.url))
    other.goto(f"{url}?v=1&steps=20#class={own['code']}.{own['secret']}")
    expect(other.locator("#class .code")).to_have_text(own["code"])
    assert other.evaluate("location.hash") == ""
    press(other, "Back to the lab")
    expect(other.locator("#status")).to_have_text("Trained: 20 steps.")
    assert own["secret"] not in other.content() + "".join(asked) + other.url
    press(other, f"Class {own['code']}")
    press(other, "End the class")
    press(other, "Remove the room and all its votes")
    expect(other.locator("#class")).to_be_hidden()
    held = []
    teacher.route("**/component_server/**", lambda route: held.append(route))
    teacher.reload()  # the class answers before the lab, and what it says stays after it
    expect(teacher.locator("#notice")).to_contain_text("There is no room")
    teacher.unroute("**/component_server/**")  # what is held goes on
    expect(teacher.locator("#status")).to_contain_text("Trained")
    expect(teacher.locator("#notice")).to_contain_text("There is no room")
    expect(teacher.locator("#class_back")).to_be_hidden()


def test_a_student_types_the_code_and_outlasts_a_server_that_is_away(new_page, url, faults):
    teacher = new_page(user_agent="Teacher")
    open_lab(teacher, url)
    ask_the_class(teacher, LESSON.key)
    press(teacher, "Open round 1")
    code = teacher.locator("#class .code").inner_text()
    student = new_page(360, 740, user_agent="Student 0", color_scheme="light")
    student.goto(f"{url}?room=XXXXX")
    expect(student.get_by_role("status")).to_contain_text("There is no room XXXXX now.")
    student.get_by_label("The code of your room").fill(code.lower())
    press(student, "Open")
    expect(student.get_by_role("button", name=SHOWN[0], exact=True)).to_be_enabled()  # a page on its way is not held up
    held = []
    student.route("**/class/vote", lambda route: held.append(route))
    student.get_by_role("button", name=SHOWN[0], exact=True).click()
    student.get_by_role("button", name=SHOWN[2], exact=True).click()  # while the first is on its way
    wait_for(held, student)
    held.pop().abort()
    expect(student.get_by_role("status")).to_contain_text("The page tries again by itself.")
    student.unroute("**/class/vote")
    expect(student.get_by_role("status")).to_contain_text("Your vote is counted.")
    expect(student.locator("[aria-pressed=true]")).to_have_text(re.compile(re.escape(LESSON.choices[2])))
    press(teacher, "Close the round")
    press(teacher, "Show the votes")
    expect(teacher.locator("#class .results")).to_be_visible()
    assert cells(teacher)[2][1] == "1 (100%)"
    press(teacher, "End the class")
    press(teacher, "Remove the room and all its votes")
    expect(teacher.locator("#class")).to_be_hidden()
    faults.clear()  # the browser reports what was refused


def test_a_flood_of_votes_is_told_to_the_teacher_and_an_honest_vote_gets_through(new_page, url, faults):
    teacher = new_page(user_agent="Teacher")
    open_lab(teacher, url)
    ask_the_class(teacher, LESSON.key)
    press(teacher, "Open round 1")
    code = teacher.locator("#class .code").inner_text()
    student = new_page(360, 740, user_agent="Student 0", color_scheme="light")
    student.goto(f"{url}?room={code}")
    button = student.get_by_role("button", name=SHOWN[0], exact=True)
    expect(button).to_be_enabled()
    expect(teacher.locator("#class .crowd")).to_be_hidden()
    held = []
    student.route("**/class/vote", lambda route: held.append(route))
    button.click()
    wait_for(held, student)
    with httpx.Client(base_url=url, timeout=60) as program:
        vote = {"code": code, "number": 1, "round": 1, "choice": 1}
        for voter in range(3_000):  # until there is no place for a new one
            reply = program.post("gradio_api/class/vote", json=vote | {"voter": f"{voter:032x}"})
            if reply.status_code == 503:
                break
        assert reply.status_code == 503
    held.pop().fulfill(status=503, json=reply.json())
    expect(student.get_by_role("status")).to_contain_text(
        "Your vote waits a moment: this page sends it again by itself."
    )
    student.unroute("**/class/vote")
    expect(student.get_by_role("status")).to_contain_text("Your vote is counted.")
    expect(teacher.locator("#class .crowd")).to_contain_text("Many new voters came from one network at once")
    expect_no_fault(teacher)
    press(teacher, "End the class")
    press(teacher, "Remove the room and all its votes")
    expect(teacher.locator("#class")).to_be_hidden()
    faults.clear()  # the browser reports what was refused
