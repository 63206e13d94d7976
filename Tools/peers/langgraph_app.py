"""A LangGraph workflow whose only node streams from a fake model: 30 tokens a second, each the time when it was due."""
import asyncio
import time

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph


def stamp(due):
    return f"{int(due * 1e6):012x}"


class Clock(BaseChatModel):
    rate: int = 30
    tokens: int = 3_000

    @property
    def _llm_type(self):
        return "clock"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=stamp(time.monotonic())))])

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        begun = time.monotonic()
        for number in range(self.tokens):
            due = begun + number / self.rate
            await asyncio.sleep(max(0, due - time.monotonic()))
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=stamp(due)))
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


async def speak(state):
    return {"messages": [await Clock().ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node("speak", speak).add_edge(START, "speak").compile()
