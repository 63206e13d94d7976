// What went wrong, in the page's language: the server explains itself in English.

import { isChinese, say } from "./language.js";

const known = {
  run_in_progress: ["An answer is still being written; send it again once that is finished.", "上一个回答还没写完，请等它结束后再发送。"],
  session_closed: ["This session is closed.", "这个会话已结束。"],
  session_erased: ["This session was erased.", "这个会话已被删除。"],
  session_not_found: ["There is no such session.", "没有这个会话。"],
  unknown_chatbot: ["There is no such chatbot.", "没有这个聊天机器人。"],
  queue_full: ["Too many messages wait already.", "等待处理的消息太多。"],
  too_many_runs: ["The server is busy.", "服务器繁忙。"],
  too_many_sessions: ["The server has no room for another session.", "服务器无法再容纳新的会话。"],
  log_overloaded: ["The server is busy.", "服务器繁忙。"],
  draining: ["The server is about to stop.", "服务器即将停止。"],
  log_shut_down: ["The server is about to stop.", "服务器即将停止。"],
  body_too_large: ["The message is too large.", "消息太大。"],
  message_too_large: ["The text is too long.", "文字太长。"],
  storage_full: ["The server's disk is full.", "服务器磁盘已满。"],
  not_json: ["The answer is not that of a Playhead server.", "收到的不是Playhead服务器的回应。"],
  not_an_event_stream: ["The answer is not that of a Playhead server.", "收到的不是Playhead服务器的回应。"],
};

/** A sentence about an error; the server's own words where the page has none. */
export function problemOf(error) {
  if (Object.hasOwn(known, error.code ?? "")) return known[error.code][isChinese ? 1 : 0];
  if (error instanceof TypeError || error.name === "TimeoutError") return say("unreachable");
  return [error.message, error.hint].filter(Boolean).join(" — ");
}

/** Whether nobody refused for good: the same request may succeed later. */
export function mayPass(error) {
  return error instanceof TypeError || error.name === "TimeoutError" || error.isTemporary === true;
}
