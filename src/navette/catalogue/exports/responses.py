"""Customer satisfaction: the responses to surveys."""

from navette.catalogue.export import Column, Export, Family, Lookup, Related
from navette.catalogue.exports.message_order import number_in
from navette.catalogue.exports.relations import AGENT_NAMES, IDENTITY_NAMES, customers, names_of
from navette.core.types import Datetime, Integer, ObjectId, String

# If a person submits one survey about one case several times, the last submission counts. If neither the person nor the
# case is known, each submission counts as another person's.
_LAST = f"""
    r.intervention_id IS NULL AND r.identity_id IS NULL OR r.id IN (
        SELECT l.id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY survey_id, intervention_id, identity_id
                ORDER BY created_at DESC, {number_in("foreign_id")} DESC NULLS FIRST, id DESC
            ) AS place
            FROM (
                SELECT * FROM of_cases WHERE intervention_id IS NOT NULL
                UNION ALL
                SELECT * FROM of_persons WHERE intervention_id IS NULL
            ) AS s
        ) AS l WHERE l.place = 1
    )
"""

_SUBMISSION = ("id", "created_at", "survey_id", "foreign_id", "intervention_id", "identity_id")

# One column for each question of the longest response.
_QUESTIONS = """
    SELECT '$.questions[' || (n.number - 1) || ']' AS key, CAST(n.number AS VARCHAR) AS name
    FROM (
        SELECT unnest(generate_series(1, CAST(max(questions) AS BIGINT))) AS number
        FROM question_counts
    ) AS n
    ORDER BY n.number
"""

_ALL_QUESTIONS = "json_extract(r.answers, $keys) AS questions"

_QUESTION = "r.questions[$number]"

RESPONSES = Export(
    name="responses",
    label="Customer satisfaction",
    description="All the survey responses received over a period; a person's last submission for a case counts.",
    grain="one row per response",
    rows="survey_responses AS r",
    where=_LAST,
    related=(
        Related(
            "of_cases",
            "survey_responses",
            by="intervention_id",
            ids="SELECT intervention_id FROM base",
            columns=_SUBMISSION,
        ),
        Related(
            "of_persons",
            "survey_responses",
            by="identity_id",
            ids="SELECT identity_id FROM base WHERE intervention_id IS NULL",
            columns=_SUBMISSION,
        ),
        Related(
            "cases",
            "interventions",
            by="id",
            ids="SELECT intervention_id FROM base",
            columns=("id", "thread_id", "category_ids"),
        ),
        customers("SELECT identity_id FROM base"),
    ),
    lookups=(
        Lookup("y", "surveys", on="y.id = r.survey_id"),
        Lookup("v", "cases", on="v.id = r.intervention_id"),
        Lookup("k", names_of("category_ids", "categories", rows="cases"), on="k.ids = v.category_ids"),
        Lookup("u", AGENT_NAMES, on="u.id = r.user_id"),
        Lookup("i", IDENTITY_NAMES, on="i.id = r.identity_id"),
        Lookup("s", "sources", on="s.id = r.source_id"),
    ),
    times={"response": "r.created_at"},
    filters={
        "source": "r.source_id = $value",
        "category": "r.intervention_id IN (SELECT id FROM cases WHERE list_contains(category_ids, $value))",
        "agent": "r.user_id = $value",
        "team": "r.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
    },
    incremental=True,
    extension="Customer Satisfaction",
    columns=(
        Column("responded_at", Datetime, "r.created_at", "Response date", "When the customer answered."),
        Column(
            "satisfaction_response_id",
            String,
            "r.foreign_id",
            "Provider response ID",
            "Identifier of the response at the survey's provider.",
        ),
        Column(
            "satisfaction_survey_id",
            String,
            "y.foreign_id",
            "Provider survey ID",
            "Identifier of the survey at its provider.",
        ),
        Column("content_thread_id", ObjectId, "v.thread_id", "Thread ID", "Identifier of the thread."),
        Column("intervention_id", ObjectId, "r.intervention_id", "Case ID", "Identifier of the case."),
        Column(
            "intervention_categories",
            String,
            "array_to_string(k.names, ', ')",
            "Case categories",
            "Names of the case's categories.",
        ),
        Column("user_id", ObjectId, "r.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column("identity_id", ObjectId, "r.identity_id", "Respondent ID", "Identifier of the customer's identity."),
        Column(
            "identity_name",
            ObjectId,
            "i.name",
            "Respondent name",
            "Screen name, else first and last name, of the customer.",
            sensitive=True,
        ),
        Column(
            "main_indicator",
            Integer,
            "r.main_indicator",
            "Main indicator",
            "Value of the answer to the survey's main question.",
        ),
        Family(
            variable="x",
            members=_QUESTIONS,
            term=_ALL_QUESTIONS,
            columns=(
                Column(
                    "question_x",
                    String,
                    f"json_extract_string({_QUESTION}, '$.text')",
                    "Question",
                    "Text of the question.",
                ),
                Column(
                    "answer_x",
                    String,
                    f"array_to_string(json_extract_string({_QUESTION}, '$.replies[*].text'), ', ')",
                    "Answer",
                    "What the customer answered; several choices are joined.",
                ),
            ),
        ),
        Column("source_id", ObjectId, "r.source_id", "Source ID", "Identifier of the source."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of source, such as Facebook or Email."),
        Column("id", ObjectId, "r.id", "ID", "Identifier of the response."),
        Column("survey_id", ObjectId, "r.survey_id", "Survey ID", "Identifier of the survey."),
        Column("survey_type", String, "y.type", "Survey type", "Provider of the survey, such as alchemer."),
        Family(
            variable="x",
            members=_QUESTIONS,
            term=_ALL_QUESTIONS,
            columns=(
                Column(
                    "question_x_foreign_id",
                    String,
                    f"json_extract_string({_QUESTION}, '$.foreign_id')",
                    "Provider question ID",
                    "Identifier of the question at the survey's provider.",
                ),
                Column(
                    "answer_x_value",
                    String,
                    f"array_to_string(json_extract_string({_QUESTION}, '$.replies[*].value'), ', ')",
                    "Answer value",
                    "Value behind the answer; free text is the text itself.",
                ),
            ),
        ),
    ),
)
