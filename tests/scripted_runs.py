"""Runs of the annotation pipeline against a model that follows a script, or that fails."""

import asyncio
import dataclasses

from autocompose.config import AnnotateConfig
from autocompose.describe.annotate.pipeline import annotate
from autocompose.describe.mllm.chat import ModelAnswer
from autocompose.describe.mllm.client import ScriptedMLLM
from autocompose.describe.mllm.prices import ModelPrice
from tests.annotation_fakes import good

CONFIG = AnnotateConfig("m", concurrency=4)
PRICE = ModelPrice(10.0, 100.0)  # a call of Failing costs 0.001 + 0.005 dollars


def config(**settings):
    return dataclasses.replace(CONFIG, **settings)


def run_scripted(pairs, settings, cache, script=good, **options):
    """A run against a script, and the model that was asked."""
    mllm = script if isinstance(script, Failing | ScriptedMLLM) else ScriptedMLLM(script)
    return asyncio.run(annotate(pairs, mllm, settings, cache=cache, **options)), mllm


class Failing:
    """Answers some requests and raises for others."""

    def __init__(self, decide, seconds=0.0):
        self.asked = 0
        self.in_flight = self.peak = 0
        self._decide = decide
        self._seconds = seconds

    async def answer(self, request):
        self.asked += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(self._seconds)
            error = self._decide(self.asked, request)
            if error is not None:
                raise error
            return ModelAnswer(good(request), 100, 50, 0.1, "m-1")
        finally:
            self.in_flight -= 1


def breaks(times, stage="parts", text="no JSON"):
    """A script whose first answers to a stage are broken, for every view."""
    broken = {}

    def script(request):
        if request.stage == stage and broken.setdefault(request.subject, 0) < times:
            broken[request.subject] += 1
            return text
        return good(request)

    return script
