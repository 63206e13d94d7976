"""What /metrics tells."""
import io
import re
import subprocess

from server import ROOT, Frames, question, texts


def metrics(server, options):
    """/metrics tells what was done, in a text that promtool accepts; playhead top shows it"""
    read = lambda: server.get("/metrics")[2].decode()
    value = lambda text, series: sum(
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(series))
    before = read()
    body, headers = question("我的基金风险大吗？")
    path = "/chatbots/xiaomei/chat/metered?pace=off"
    status, _, answer = server.request("POST", path, body, headers)
    assert status == 200, answer[:500]
    frames = list(Frames(io.BytesIO(answer)))
    server.get("/sessions/metered/events", Last_Event_ID="10")
    after = read()
    grown = lambda series: value(after, series) - value(before, series)
    events = server.events("metered")
    count = lambda kind: sum(1 for event in events if event["kind"] == kind)
    text = next(iter(texts(frames)[1].values()))
    assert grown("playhead_tokens_total{") == count("token")
    assert 0 <= grown("playhead_characters_total{") - len(text) <= count("token"), "graphemes, token by token"
    assert grown('playhead_run_duration_seconds_count{outcome="completed",workflow="fund-analysis"}') == 1
    assert grown("playhead_node_duration_seconds_count{") == count("node.completed") == 5
    assert grown("playhead_time_to_first_token_seconds_count{") == 1
    assert grown("playhead_inter_token_latency_seconds_count{") == count("token") - 1
    assert grown('playhead_messages_total{') == 1
    assert grown("playhead_stream_resumes_total") == 1
    assert grown("playhead_stream_resume_distance_events_sum") == len(events) - 10
    assert grown("playhead_streams_ended_total{outcome=\"finished\"}") == 2
    assert grown("playhead_stream_messages_sent_total") >= len(frames)
    route = 'method="POST",route="/chatbots/{chatbot}/chat/{session}"'
    assert grown("playhead_http_request_duration_seconds_count{" + route) == 1
    assert grown("playhead_log_batch_events_sum") == len(events)
    assert value(after, "process_resident_memory_bytes") > 1e6 and value(after, "process_open_fds") > 5
    for name in ("playhead_streams_open", "playhead_log_unsettled_events", "playhead_log_wal_bytes",
                 "playhead_log_file_bytes", "playhead_runs_in_progress", "playhead_runs_paused",
                 "playhead_sessions_waiting", "playhead_log_failed_commits_total", "playhead_projector_lag_events_count"):
        assert re.search(rf"^{name} ", after, re.M), name
    for secret in ("metered", text[:10]):
        assert secret not in after, "no session and no text is a label"
    lint = subprocess.run([options.promtool, "check", "metrics"], input=after.encode(), capture_output=True)
    assert lint.returncode == 0 and not lint.stderr.strip(), (lint.stdout, lint.stderr)
    dashboard = (ROOT / "Tools/grafana-dashboard.json").read_text()
    shown = set(re.findall(r"\b(?:playhead|process)_[a-z_]+", dashboard))
    known = set(re.findall(r"^# HELP (\S+)", after, re.M))
    missing = {name for name in shown if re.sub("_(bucket|sum|count)$", "", name) not in known}
    assert len(shown) > 20 and not missing, missing
    address = f"http://127.0.0.1:{server.port}"
    top = subprocess.run([server.binary, "top", "--server", address, "-n", "2", "--interval", "0.2"],
                         capture_output=True, text=True, check=True).stdout
    assert "metered" in top and re.search(r"tokens +[0-9.]+/s", top), top
