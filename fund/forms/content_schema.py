"""The shape of a call as it comes in from YAML, JSON or a page. Whether it makes sense, ``content_rules`` says.

Every schema makes the dataclass of ``definition`` that it is named after. What is absent, or null, takes the
dataclass's default.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from fund.forms import definition as made_of
from fund.forms.answers import Number
from fund.forms.fields import Choice, Input, Instant, Money, Problem, Text, Whole, YesNo, list_of, nested

KEY_LIMIT = 40
NAME_LIMIT = 500
TEXT_LIMIT = 10_000
CONDITION_LIMIT = 500
SECTIONS_LIMIT = 30
FIELDS_LIMIT = 100
OPTIONS_LIMIT = 200
RULES_LIMIT = 50
FILES_LIMIT = 4
TERRITORIES_LIMIT = 200
SCALE_LIMIT = 100


class Key(Text):
    """A short name in small ASCII letters, digits and underscores, which begins with a letter."""

    def __init__(self, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(maximum=KEY_LIMIT, blank=False, required=required, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        is_key = text.isascii() and text.replace("_", "a").isalnum() and text == text.lower() and text[0].isalpha()
        if not is_key:
            raise ValidationError(Problem("not_a_key"))
        return text


class UtcInstant(Instant):
    """An instant, kept in UTC: in the hour that autumn repeats, two zones compare as different."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)


class Record(Input):
    """An object that becomes a dataclass; lists become tuples."""

    made: ClassVar[type[Any]]

    @pre_load
    def leave_out_nulls(self, data: Any, **_: Any) -> Any:
        return (
            {name: value for name, value in data.items() if value is not None}
            if isinstance(data, Mapping)
            else data
        )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.made(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        )


class LabelInput(Record):
    """A short text that must be there, in French at least."""

    made = made_of.Words
    fr = Text(maximum=NAME_LIMIT, required=True, blank=False)
    en = Text(maximum=NAME_LIMIT)


class WordsInput(Record):
    """A text that may be long, or empty."""

    made = made_of.Words
    fr = Text(maximum=TEXT_LIMIT)
    en = Text(maximum=TEXT_LIMIT)


class TitleInput(Record):
    made = made_of.Words
    fr = Text(maximum=200, required=True, blank=False)
    en = Text(maximum=200)


class OptionInput(Record):
    made = made_of.Option
    value = Text(maximum=KEY_LIMIT, required=True, blank=False)
    label = nested(LabelInput, required=True)


def _codes(maximum: int) -> fields.List[Any]:
    return list_of(Text(maximum=KEY_LIMIT, blank=False), maximum)


class ColumnInput(Record):
    """A field, or a column of repeating rows."""

    made = made_of.Question
    key = Key()
    type = Choice(made_of.FieldType, required=True)
    label = nested(LabelInput, required=True)
    help = nested(WordsInput)
    required = YesNo()
    show_if = Text(maximum=CONDITION_LIMIT)
    minimum = Number(decimals=6)
    maximum = Number(decimals=6)
    decimals = Whole(maximum=6)
    options = list_of(nested(OptionInput), OPTIONS_LIMIT)
    levels = _codes(FILES_LIMIT)
    files = _codes(FILES_LIMIT)
    # Named otherwise in the class because marshmallow's schemas have an attribute ``fields`` of their own.
    columns = fields.List(
        fields.Raw(),
        validate=validate.Length(max=0, error=Problem("not_in_rows")),
        error_messages={"invalid": Problem("not_a_list")},
        data_key="fields",
        attribute="fields",
    )


class QuestionInput(ColumnInput):
    columns = list_of(nested(ColumnInput), FIELDS_LIMIT, data_key="fields", attribute="fields")


class SectionInput(Record):
    made = made_of.Section
    key = Key()
    title = nested(TitleInput, required=True)
    help = nested(WordsInput)
    show_if = Text(maximum=CONDITION_LIMIT)
    questions = list_of(nested(QuestionInput), FIELDS_LIMIT, data_key="fields", attribute="fields")


class FormInput(Record):
    made = made_of.Form
    sections = list_of(nested(SectionInput), SECTIONS_LIMIT)


class MemberRuleInput(Record):
    made = made_of.MemberRule
    kind = Choice(made_of.OrganisationKind, required=True)
    minimum = Whole(minimum=1, maximum=RULES_LIMIT)
    territory = _codes(TERRITORIES_LIMIT)


class AllianceRuleInput(Record):
    made = made_of.AllianceRule
    members = list_of(nested(MemberRuleInput), RULES_LIMIT)
    minimum = Whole(minimum=1, maximum=50)
    maximum = Whole(minimum=1, maximum=50)
    territory = _codes(TERRITORIES_LIMIT)
    confirmations = Choice(made_of.Confirmations)
    endorsement = YesNo()


class GrantRuleInput(Record):
    made = made_of.GrantRule
    minimum = Money(required=True)
    maximum = Money(required=True)
    rate = Number(decimals=2, minimum=Decimal("0.01"), maximum=Decimal(100), required=True)


class BudgetRuleInput(Record):
    made = made_of.BudgetRule
    accounts = _codes(OPTIONS_LIMIT)
    in_kind = YesNo()
    evidence = YesNo()


class DeadlineRuleInput(Record):
    made = made_of.DeadlineRule
    rule = Choice(made_of.LateRule)
    minutes = Whole(maximum=24 * 60)


class RegimeInput(Record):
    made = made_of.Regime
    aid = Choice(made_of.AidRegime)
    republican_contract = YesNo()


class EligibilityQuestionInput(Record):
    made = made_of.EligibilityQuestion
    key = Key()
    question = nested(LabelInput, required=True)
    because = nested(LabelInput, required=True)
    expected = YesNo()
    otherwise = Choice(made_of.Otherwise)


class DocumentRuleInput(Record):
    made = made_of.DocumentRule
    key = Key()
    label = nested(LabelInput, required=True)
    help = nested(WordsInput)
    required = YesNo()
    per_member = YesNo()
    files = _codes(FILES_LIMIT)
    show_if = Text(maximum=CONDITION_LIMIT)


class AnchorInput(Record):
    """What one mark means, in a sentence; or nothing."""

    made = made_of.Words
    fr = Text(maximum=NAME_LIMIT)
    en = Text(maximum=NAME_LIMIT)


class RubricLineInput(Record):
    made = made_of.RubricLine
    key = Key(required=False)
    label = nested(LabelInput, required=True)
    weight = Number(decimals=2, minimum=Decimal("0.01"), maximum=Decimal(100), required=True)
    scale = Whole(minimum=1, maximum=SCALE_LIMIT)
    help = nested(WordsInput)
    anchors = list_of(nested(AnchorInput), SCALE_LIMIT + 1)
    threshold = Whole(minimum=1, maximum=SCALE_LIMIT)


class ScoringInput(Record):
    made = made_of.Scoring
    minimum = Number(decimals=2, minimum=Decimal(0), maximum=Decimal(100))
    divergence = Number(decimals=2, minimum=Decimal(1), maximum=Decimal(100))
    days = Whole(minimum=1, maximum=365)


class ReportingInput(Record):
    made = made_of.Reporting
    threshold = Number(decimals=2, minimum=Decimal(0), maximum=Decimal(100))


class PartsInput(Record):
    """The parts of a call that no column of the table of calls holds; made into a mapping."""

    made: ClassVar[type[Any]] = dict
    alliance = nested(AllianceRuleInput)
    deadline = nested(DeadlineRuleInput)
    feedback = Choice(made_of.Feedback)
    regime = nested(RegimeInput)
    declaration = nested(WordsInput)
    eligibility = list_of(nested(EligibilityQuestionInput), RULES_LIMIT)
    form = nested(FormInput)
    budget = nested(BudgetRuleInput)
    documents = list_of(nested(DocumentRuleInput), RULES_LIMIT)
    scoring = nested(ScoringInput)
    report = nested(FormInput)
    reporting = nested(ReportingInput)


class CallContentInput(PartsInput):
    made = made_of.CallContent
    title = nested(TitleInput, required=True)
    summary = nested(WordsInput, required=True)
    opens_at = UtcInstant(required=True)
    closes_at = UtcInstant(required=True)
    envelope = Money(required=True)
    grant = nested(GrantRuleInput, required=True)
    reviews = Whole(maximum=20)
    rubric = list_of(nested(RubricLineInput), 20)
