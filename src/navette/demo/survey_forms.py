"""The two surveys: their questions as the provider describes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question; without ``choices`` the customer writes freely. ``several``: more than one choice is allowed."""

    foreign_id: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    main: bool = False
    several: bool = False


@dataclass(frozen=True)
class SurveyForm:
    """One survey at the provider."""

    name: str
    foreign_id: str
    active: bool
    questions: tuple[Question, ...]

    @property
    def definition(self) -> dict[str, object]:
        """The survey's definition as the table holds it."""
        return {"questions": [_described(question) for question in self.questions]}


def _described(question: Question) -> dict[str, object]:
    return {
        "foreign_id": question.foreign_id,
        "text": question.text,
        "main": question.main,
        "choices": [{"text": text, "value": value} for text, value in question.choices],
    }


_GRADES = (("Très mécontent", "1"), ("Mécontent", "2"), ("Neutre", "3"), ("Satisfait", "4"), ("Très satisfait", "5"))

SURVEY_FORMS = (
    SurveyForm(
        "Satisfaction après contact",
        "987654321",
        True,
        (
            Question("2", "Êtes-vous satisfait de notre réponse ?", _GRADES, main=True),
            Question("3", "Votre problème est-il résolu ?", (("Oui", "yes"), ("Non", "no"))),
            Question(
                "14",
                "Qu’avez-vous apprécié ; que faut-il améliorer ?",
                (("La rapidité", "10"), ("La clarté", "11"), ("L’amabilité", "12"), ("Rien, hélas", "13")),
                several=True,
            ),
            Question("15", "Un commentaire ?"),
        ),
    ),
    SurveyForm(
        "Would you recommend us?",
        "1284489",
        False,
        (
            Question(
                "5",
                "How likely are you to recommend us to a friend?",
                tuple((str(grade), str(grade)) for grade in range(11)),
                main=True,
            ),
            Question("7", "What is the main reason for your score?"),
        ),
    ),
)
