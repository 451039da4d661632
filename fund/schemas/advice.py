"""What comes in about external advice: the question to an expert, and her answer."""

from fund.forms.fields import Day, Email, Input, Text, YesNo, list_of

QUESTION_LENGTH = 2_000
ANSWER_LENGTH = 10_000
DOCUMENTS_MAXIMUM = 50


class AdviceInput(Input):
    expert_name = Text(maximum=200, required=True, blank=False)
    expert_email = Email(required=True, blank=False)
    question = Text(maximum=QUESTION_LENGTH, required=True, blank=False)
    due_on = Day(required=True)
    documents = list_of(Text(maximum=20, blank=False), DOCUMENTS_MAXIMUM, load_default=list)


class AdviceAnswerInput(Input):
    """``declined``: she gives no advice, and the answer says why, if anything."""

    answer = Text(maximum=ANSWER_LENGTH, load_default="")
    declined = YesNo(load_default=False)
