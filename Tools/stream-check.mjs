// Checks a running server as a user would use it: posts a portfolio, watches the nodes' updates and the answer arrive,
// cuts the connection in the middle of the answer, resumes by Last-Event-ID and compares what came with the final text.
//
//   node Tools/stream-check.mjs http://127.0.0.1:8080 [portfolio.csv]
//
// Exit codes: 0 all checks hold, 1 one does not, 64 usage, 66 no such file, 69 server unreachable.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const chatbot = 'xiaomei'
const question = '我的基金风险大吗？'
/** How many pieces of the answer are taken before the connection is cut. */
const piecesBeforeCut = 8
/** How long a connection may be silent; heartbeats count. */
const silenceMs = 60_000
const mediaTypes = {
  '.csv': 'text/csv', '.json': 'application/json', '.txt': 'text/plain', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg',
}
const limits = { frameBytes: 16 << 20, errorBytes: 64 << 10 }

class CheckError extends Error {
  constructor(message, hint, code = 1) {
    super(message)
    this.hint = hint
    this.code = code
  }
}

function check(holds, what, found) {
  if (!holds) throw new CheckError(`${what} does not hold${found === undefined ? '' : `: ${found}`}`, 'read the session with tail-session')
  console.log(`ok    ${what}`)
}

/** Reads an event stream from bytes (WHATWG HTML, section 9.2.6): a block counts only once its blank line has come. */
class EventStreamDecoder {
  #rest = Buffer.alloc(0)
  #id = ''
  #data = []

  feed(bytes) {
    const messages = []
    this.#rest = Buffer.concat([this.#rest, bytes])
    if (this.#rest.length > limits.frameBytes) throw new CheckError('a line of the stream has no end', 'look at the server')
    for (let end; (end = this.#rest.indexOf(0x0a)) >= 0; ) {
      const line = this.#rest.subarray(0, end).toString('utf8')
      this.#rest = this.#rest.subarray(end + 1)
      if (line.endsWith('\r')) throw new CheckError('a line ends with CR', 'the stream uses LF only')
      if (line.startsWith('id: ')) this.#id = line.slice(4)
      else if (line.startsWith('data: ')) this.#data.push(line.slice(6))
      else if (line === '' && this.#data.length > 0) {
        messages.push({ id: this.#id, data: this.#data.join('\n') })
        this.#data = []
      }
    }
    return messages
  }
}

/** The place after a frame: `17`, or `17.6` for a frame that ends six bytes into the text of event 17. */
function place(id) {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(id)
  if (!parts) throw new CheckError(`“${id}” is not the id of a frame`, 'ids are offsets, like 17 or 17.6')
  return [Number(parts[1]), parts[2] === undefined ? Infinity : Number(parts[2])]
}

function isBefore(a, b) {
  const [x, y] = [place(a), place(b)]
  return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1])
}

/**
 * Sends a request and reads its frames to the clean end of the body, or until `isEnough` says so; then the socket is
 * destroyed, and what had already come of later frames is thrown away, as a real cut would.
 *
 * @returns {Promise<{status: number, frames: {id: string, read: number, frame: object}[], wasCut: boolean}>}
 */
function stream(method, url, headers, body, isEnough = () => false) {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http
    const request = client.request(url, { method, headers: { Accept: 'text/event-stream', ...headers }, agent: false })
    request.setTimeout(silenceMs, () => request.destroy(new CheckError(`no byte came for ${silenceMs} ms`, 'look at the server')))
    request.on('error', (error) => {
      reject(error instanceof CheckError ? error : new CheckError(`${method} ${url}: ${error.message || error.code}`, 'check that the server runs at that address', 69))
    })
    request.on('response', (response) => {
      const status = response.statusCode
      if (status !== 200) {
        let text = ''
        response.on('data', (bytes) => { if (text.length < limits.errorBytes) text += bytes })
        response.on('end', () => {
          if (status === 204) resolve({ status, frames: [], wasCut: false })
          else reject(new CheckError(`${method} ${url.pathname} answered ${status}: ${text.trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`, 'look at the error of the server'))
        })
        return
      }
      const type = response.headers['content-type'] ?? 'no content type'
      if (!type.startsWith('text/event-stream')) {
        return request.destroy(new CheckError(`${method} ${url.pathname} answered with ${type}`, 'an event stream was expected'))
      }
      const decoder = new EventStreamDecoder()
      const frames = []
      let read = 0
      response.on('data', (bytes) => {
        try {
          read += 1
          for (const { id, data } of decoder.feed(bytes)) {
            frames.push({ id, read, frame: JSON.parse(data) })
            if (!isEnough(frames)) continue
            response.removeAllListeners('data')
            request.removeAllListeners('error').on('error', () => {})
            response.removeAllListeners('error').on('error', () => {})
            response.socket.destroy()
            return resolve({ status, frames, wasCut: true })
          }
        } catch (error) {
          request.destroy(error)
        }
      })
      response.on('error', (error) => {
        reject(error instanceof CheckError ? error : new CheckError(`the stream was cut after ${frames.length} frames: ${error.message}`, 'only a clean end is an end'))
      })
      response.on('end', () => { if (response.complete) resolve({ status, frames, wasCut: false }) })
    })
    request.end(body)
  })
}

function multipart(fields) {
  const boundary = `----playhead-${randomBytes(12).toString('hex')}`
  const parts = fields.flatMap(({ name, file, type, content }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file ? `; filename="${file}"` : ''}\r\n`,
    `${type ? `Content-Type: ${type}\r\n` : ''}\r\n`, content, '\r\n',
  ])
  const body = Buffer.concat([...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part)))
  return { body, headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': body.length } }
}

const isPiece = ({ frame }) => frame.type === 'ai_message' && frame.metadata.streaming
const isFinal = ({ frame }) => frame.type === 'ai_message' && frame.metadata.final_response

/** Compares bytes: two texts that look the same may differ. */
function equalBytes(a, b) {
  return Buffer.from(a, 'utf8').equals(Buffer.from(b, 'utf8'))
}

function checkOrder(frames) {
  const broken = frames.findIndex((frame, index) => index > 0 && !isBefore(frames[index - 1].id, frame.id))
  check(broken < 0, `the ids of all ${frames.length} frames strictly increase`, broken < 0 ? undefined : `${frames[broken].id} follows ${frames[broken - 1].id}`)
}

function checkAnswer(frames) {
  const failure = frames.find(({ frame }) => frame.type === 'error' || (frame.type === 'run' && frame.metadata.status === 'failed'))
  check(!failure, 'no run failed', failure && JSON.stringify(failure.frame))
  const last = frames.findLast(isFinal)
  check(last, 'a final frame comes', frames.at(-1) && JSON.stringify(frames.at(-1).frame))
  const pieces = frames.filter((frame) => isPiece(frame) && frame.frame.metadata.message === last.frame.metadata.message)
  check(pieces.length > 1, 'the answer comes in pieces', `${pieces.length} pieces`)
  const text = pieces.map(({ frame }) => frame.content).join('')
  check(
    equalBytes(text, last.frame.content), `the ${pieces.length} pieces together are the final text, ${Buffer.byteLength(text)} bytes`,
    `“${text}” is not “${last.frame.content}”`)
  return last.frame.content
}

function checkEnd(frames) {
  const last = frames.at(-1)?.frame
  check(last?.type === 'run' && last.metadata.status === 'completed', 'the stream ends with the end of its run', JSON.stringify(last))
}

async function checkCutAndResume(server, path) {
  const session = `check-${randomBytes(6).toString('hex')}`
  console.log(`      session ${session}: ${basename(path)}, cut and resumed`)
  let portfolio
  try {
    portfolio = readFileSync(path)
  } catch (error) {
    throw new CheckError(`cannot read ${path}: ${error.code}`, 'name a portfolio as CSV, JSON or text', 66)
  }
  const type = mediaTypes[extname(path).toLowerCase()] ?? 'text/plain'
  const { body, headers } = multipart([
    { name: 'text', content: question },
    { name: type.startsWith('image/') ? 'image' : 'file', file: basename(path).replaceAll(/["\r\n]/g, '_'), type, content: portfolio },
  ])
  const first = await stream(
    'POST', new URL(`chatbots/${chatbot}/chat/${session}`, server), headers, body,
    (frames) => frames.filter(isPiece).length === piecesBeforeCut)
  check(first.wasCut, `the connection is cut after ${piecesBeforeCut} pieces of the answer`, 'the stream ended before')
  check(!first.frames.some(isFinal), 'the answer is not complete at the cut')
  const lastID = first.frames.at(-1).id

  const rest = await stream('GET', new URL(`sessions/${session}/events`, server), { 'Last-Event-ID': lastID })
  check(rest.frames.length > 0, `Last-Event-ID: ${lastID} goes on after the cut, although nobody listened`)
  const frames = [...first.frames, ...rest.frames]
  checkOrder(frames)

  const updates = frames.filter(({ frame }) => frame.type === 'tool_message')
  const beginning = frames.findIndex(({ frame }) => frame.type === 'ai_message')
  const nodes = [...new Set(updates.map(({ frame }) => frame.metadata.node_name))]
  check(updates.length > 1, `the nodes report as they go: ${nodes.join(', ')}`, `${updates.length} tool_message frames`)
  check(frames.indexOf(updates[0]) < beginning, 'tool_message frames come first, then ai_message frames')
  check(
    first.frames.at(-1).read > updates[0].read, `frames arrive while the run goes on (${first.frames.at(-1).read} reads up to the cut)`,
    'the first update and the answer came in one piece')
  const text = checkAnswer(frames)
  checkEnd(frames)

  const whole = await stream('GET', new URL(`sessions/${session}/events?after=0`, server), {})
  check(equalBytes(checkAnswer(whole.frames), text), 'the session read from its beginning has the same answer')
  const end = await stream('GET', new URL(`sessions/${session}/events`, server), { 'Last-Event-ID': frames.at(-1).id })
  check(end.status === 204, 'a reconnect after the end is told to stop (204)', `status ${end.status}`)
}

async function checkText(server) {
  const session = `check-${randomBytes(6).toString('hex')}`
  console.log(`      session ${session}: a text as JSON`)
  const body = JSON.stringify({ contents: [{ content_type: 'text', content: '测试流式响应' }] })
  const { frames } = await stream(
    'POST', new URL(`chatbots/${chatbot}/chat/${session}`, server), { 'Content-Type': 'application/json' }, body)
  checkOrder(frames)
  checkAnswer(frames)
  checkEnd(frames)
}

async function main([address, path = fileURLToPath(new URL('../Tests/Fixtures/holdings.csv', import.meta.url)), ...more]) {
  let server
  try {
    server = new URL(address.endsWith('/') ? address : `${address}/`)
  } catch {
    throw new CheckError(address ? `“${address}” is not an address` : 'no address', 'node Tools/stream-check.mjs http://127.0.0.1:8080 [portfolio.csv]', 64)
  }
  if (more.length > 0) throw new CheckError(`“${more[0]}” is too much`, 'node Tools/stream-check.mjs <address> [portfolio.csv]', 64)
  await checkCutAndResume(server, path)
  await checkText(server)
  console.log('all checks hold')
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`error: ${error instanceof CheckError ? error.message : error.stack}`)
  console.error(`hint: ${error.hint ?? 'this is a fault of the check itself'}`)
  process.exitCode = error.code > 0 ? error.code : 1
})
