"""A LangGraph workflow whose only node streams from a fake model: 30 tokens a second, each the time of its making."""
import asyncio
import time

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph


def stamp():
    return f"{time.monotonic_ns() // 1000:012x}"


class Clock(BaseChatModel):
    rate: int = 30
    tokens: int = 3_000

    @property
    def _llm_type(self):
        return "clock"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=stamp()))])

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        begun = time.monotonic()
        for number in range(self.tokens):
            await asyncio.sleep(max(0, begun + number / self.rate - time.monotonic()))
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=stamp()))
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


async def speak(state):
    return {"messages": [await Clock().ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_node("speak", speak).add_edge(START, "speak").compile()
