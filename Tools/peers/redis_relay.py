"""A relay as one writes it over Redis Streams: a token is added to its session's stream, and sent as SSE once it is synced.

It is one Python process. What is due goes to Redis in one pipeline, one after the other, so that a sync is shared by all
that came meanwhile; Redis answers after the sync (`appendfsync always`), and then the tokens are sent, without being read
back: several such processes would have to read them with XREAD, which costs more. It keeps no account of its answers, so it
goes on with none; a request begins a new one.
Usage: redis_relay.py REDIS_PORT HTTP_PORT
"""
import asyncio
import sys
import time

import redis.asyncio as redis
import uvloop
from aiohttp import web

SLOTS = 33
FRAME = ('id: %s\ndata: {"type":"ai_message","content":"%s","message_type":"assistant","metadata":{"role":"assistant",'
         '"display":true,"streaming":true,"final_response":false,"node_name":"speak","run":2,"message":4}}\n\n')
slots = [[] for _ in range(SLOTS)]
queues = {}


async def speak(store):
    """Every session's token when it is due; what is late goes with the next pipeline."""
    begun, tick = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0, begun + tick / 1000 - time.monotonic()))
        pipeline, added = store.pipeline(transaction=False), []
        while begun + tick / 1000 <= time.monotonic():
            stamp = f"{int((begun + tick / 1000) * 1e6):012x}"
            for session in slots[tick % SLOTS]:
                pipeline.xadd(session, {"t": stamp})
                added.append((session, stamp))
            tick += 1
        if not added:
            continue
        for (session, stamp), entry in zip(added, await pipeline.execute()):
            for queue in queues[session]:
                queue.put_nowait(FRAME % (entry.decode(), stamp))


async def chat(request):
    session = request.match_info["session"]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    if session not in queues:
        min(slots, key=len).append(session)
    queues.setdefault(session, []).append(queue)
    try:
        while True:
            frames = [await queue.get()]
            while not queue.empty():
                frames.append(queue.get_nowait())
            await response.write("".join(frames).encode())
    except ConnectionResetError:
        return response
    finally:
        queues[session].remove(queue)


async def main():
    store = redis.Redis(port=int(sys.argv[1]))
    application = web.Application()
    application.router.add_post("/chat/{session}", chat)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[2])).start()
    await speak(store)


uvloop.run(main())
