"""The rows of survey responses. Some customers answer twice for one case: the last answer counts."""

import numpy as np
import pyarrow as pa

from navette.demo import columns as col
from navette.demo.awkward import AWKWARD_TEXTS
from navette.demo.cases import case_end, case_source, dice_of, surveyed
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, late
from navette.demo.object_ids import object_ids
from navette.demo.period import DAY
from navette.demo.setup import Setup
from navette.demo.survey_forms import SURVEY_FORMS, Question, SurveyForm

_REMARKS = (
    *("Réponse rapide, merci !", "Trop long…", "Yes, it’s awesome", "The agent was lovely but it still does not work."),
    *AWKWARD_TEXTS[3:40],
)
_SHEETS = 200  # number of different answer sheets per survey


class Responses:
    """Answer sheets filled in beforehand, assigned to the cases after which a survey was sent."""

    def __init__(self, setup: Setup) -> None:
        filled = [_sheets(form, Dice(setup.seed, f"survey {form.foreign_id}")) for form in SURVEY_FORMS]
        self._main = np.array([main for sheets in filled for main, _ in sheets])
        self._answers = col.json_texts(answers for sheets in filled for _, answers in sheets)

    def of(self, chunk: Chunk) -> pa.Table:
        """The responses to the chunk's cases, in the order in which they came."""
        cases, setup, dice = chunk.cases, chunk.setup, dice_of(chunk, "responses")
        case = np.flatnonzero(surveyed(chunk))
        case = case[(case % 4 == 0) | dice.chance(0.06, len(case))]
        answered_at = case_end(chunk)[case] + 1800 + dice.delays(4.0 * 3600, len(case), 1.3)
        if setup.period.grows:
            answered_at += late(dice_of(chunk, "late responses"), 0.03, len(case))
        again = np.arange(0, len(case), 13)
        case = np.concatenate((case, case[again]))
        created = np.concatenate((answered_at, answered_at[again] + 60 + dice.below(DAY, len(again))))
        created = np.minimum(created, chunk.setup.period.end - 2 + (np.arange(len(case)) >= len(answered_at)))
        serial = cases.serial[case] * 2 + (np.arange(len(case)) >= len(answered_at))
        survey = np.where(chunk.english[cases.thread[case]] == 0, 0, 1)
        sheet = survey * _SHEETS + dice.below(_SHEETS, len(case))
        rows = {
            "id": object_ids(setup.seed, "survey_responses", created, serial),
            "created_at": col.instants(created),
            "updated_at": col.instants(created),
            "survey_id": col.chosen(setup.survey_ids, survey),
            "foreign_id": col.digits(serial + 42),
            "intervention_id": col.chosen(chunk.case_ids, case),
            "source_id": col.chosen(setup.source_ids, case_source(chunk)[case]),
            "user_id": col.chosen(setup.agents.ids, cases.agent[case]),
            "identity_id": col.chosen(chunk.identity_ids, cases.thread[case]),
            "main_indicator": col.numbers(self._main[sheet]),
            "answers": self._answers.take(pa.array(sheet)),
        }
        return col.in_time_order(col.rows_of("survey_responses", rows), created)


def _sheets(form: SurveyForm, dice: Dice) -> list[tuple[int, dict[str, object]]]:
    return [_sheet(form, [int(draw) for draw in dice.below(1_000_003, 4)]) for _ in range(_SHEETS)]


def _sheet(form: SurveyForm, draws: list[int]) -> tuple[int, dict[str, object]]:
    """One customer's answers, with the value of the main one; customers with nothing to say skip the last question."""
    replies = [_replies(question, draw) for question, draw in zip(form.questions, draws, strict=False)]
    main = next(
        int(answer[0]["value"]) for question, answer in zip(form.questions, replies, strict=True) if question.main
    )
    answers = [
        {"foreign_id": question.foreign_id, "text": question.text, "replies": answer}
        for question, answer in zip(form.questions, replies, strict=True)
        if answer
    ]
    return main, {"questions": answers}


def _replies(question: Question, draw: int) -> list[dict[str, str]]:
    if not question.choices:
        remark = _REMARKS[draw % len(_REMARKS)]
        return [{"text": remark, "value": remark}] if draw % 3 else []
    # The better of two draws: most customers are content.
    first = max(draw % len(question.choices), draw // 50 % len(question.choices))
    chosen = [first, (first + 1) % len(question.choices)] if question.several and draw % 2 else [first]
    return [{"text": question.choices[number][0], "value": question.choices[number][1]} for number in chosen]
