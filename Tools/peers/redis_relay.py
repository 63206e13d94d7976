"""A relay as one writes it over Redis Streams: a token is added to its session's stream, then read back and sent as SSE.

It is one Python process: pipelines add for all sessions, and one XREAD over all sessions reads for all, which is the knee
of its curve; a connection for each session would be slower. It keeps no account of its answers, so it goes on with none.
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
tasks = set()
last = {}


async def add(store):
    begun, tick = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0, begun + tick / 1000 - time.monotonic()))
        if slots[tick % SLOTS]:
            pipeline = store.pipeline(transaction=False)
            for session in slots[tick % SLOTS]:
                pipeline.xadd(session, {"t": f"{time.monotonic_ns() // 1000:012x}"})
            # Not awaited here: while one is synced the next ones are sent.
            tasks.add(task := asyncio.create_task(pipeline.execute()))
            task.add_done_callback(tasks.discard)
        tick += 1


async def relay(store):
    while True:
        if not last:
            await asyncio.sleep(0.01)
            continue
        for name, entries in await store.xread(dict(last), block=20) or []:
            session = name.decode()
            last[session] = entries[-1][0]
            for queue in queues[session]:
                queue.put_nowait(entries)


async def chat(request):
    session = request.match_info["session"]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    queue = asyncio.Queue()
    queues.setdefault(session, []).append(queue)
    if session not in last:
        last[session] = "0-0"
        min(slots, key=len).append(session)
    while True:
        entries = await queue.get()
        await response.write("".join(FRAME % (i.decode(), f[b"t"].decode()) for i, f in entries).encode())


async def main():
    store, reader = (redis.Redis(port=int(sys.argv[1])) for _ in range(2))
    application = web.Application()
    application.router.add_post("/chat/{session}", chat)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[2])).start()
    await asyncio.gather(add(store), relay(reader))


uvloop.run(main())
