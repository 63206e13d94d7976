"""What playhead show says of what is not there any more."""
import json
import subprocess
import tempfile
import time

from server import Frames, Server, question


def show_erased(main, _):
    """show marks erased events where they stood; of an erased or a pruned session it says only that it was"""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(main.binary.parent, f"{folder}/data", f"{folder}/log")

        def playhead(*arguments, code=0):
            result = subprocess.run(
                [server.binary, *map(str, arguments), "--data", server.data], capture_output=True, text=True, timeout=60)
            assert result.returncode == code, (arguments, result)
            return result.stdout if code == 0 else result.stderr

        try:
            for session in ("partly", "wholly"):
                body, headers = question("我的基金风险大吗？")
                connection = server.connection()
                connection.request("POST", f"/chatbots/xiaomei/chat/{session}?pace=off", body=body, headers=headers)
                assert list(Frames(connection.getresponse()))
            events = server.events("partly")
            find = lambda kind: [e["offset"] for e in events if e["kind"] == kind]
            assert "erased" not in playhead("show", "partly") + playhead("show", "partly", "-o", "json")
            tokens = find("token")
            message = find("message.started")[0]
            text = "".join(e["body"]["text"] for e in events if e["kind"] == "token" and e["offset"] not in tokens[3:5])
            kept = "".join(e["body"]["text"] for e in events if e["kind"] == "token" and e["offset"] < tokens[3])
            update = find("node.updated")[0]
            lost = [2, update, tokens[3], tokens[4], find("message.completed")[0]]
            for offset in lost:
                assert server.request("DELETE", f"/sessions/partly/events/{offset}?who=check")[0] == 200
            shown = playhead("show", "partly")
            assert "message 2  user, erased\n" in shown, shown
            assert f"message {message}  assistant of character_advisor, completed, 2 tokens erased\n" in shown, shown
            line = next(line for line in shown.splitlines() if "[erased]" in line).strip()
            assert line.startswith(kept + "[erased]") and line.replace("[erased]", "") == text.replace("\n", ""), line
            assert f"event {update}  node.updated, erased\n" in shown, shown
            state = json.loads(playhead("show", "partly", "-o", "json"))
            assert [e["offset"] for e in state["erased"]] == sorted(lost), state["erased"]
            assert state["erased"][0]["kind"] == "message.received"
            assert "erased" not in playhead("show", "partly", "--at", "1")
            assert server.request("DELETE", f"/sessions/partly/events/{message}?who=check")[0] == 200
            assert f"message {message}  of an agent, erased\n" in playhead("show", "partly")
            # A whole session: nothing of it is shown, with a server or without one.
            assert server.request("DELETE", "/sessions/wholly?who=check")[0] == 200
            for command in (["show", "wholly"], ["show", "wholly", "-o", "json"], ["show", "wholly", "--at", "1"],
                            ["diff", "wholly", "partly"], ["diff", "partly", "wholly"]):
                assert "session wholly was erased" in playhead(*command, code=66)
            server.terminate()
            assert "session wholly was erased" in playhead("replay", "wholly", code=66)
            time.sleep(1.1)
            playhead("prune", "--older-than", "1s", "--who", "check")
            assert "session partly was erased" in playhead("show", "partly", code=66)
            assert "no session named nobody" in playhead("show", "nobody", code=66)
        finally:
            server.stop()
