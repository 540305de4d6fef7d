/**
 * Runs one function's bundle, one invocation at a time, as a Lambda execution environment does. Plain JavaScript: the
 * type-stripping of Node would count into the memory that is measured. Arguments: path of the
 * bundle, ARN of the function, and `read-only` where nothing may be written beside the bundle.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const MEGABYTE_IN_KILOBYTES = 1024;
/** Of this program alone: what `getrusage` tells begins with the peak of the process that has started it. */
const peakMb = () => {
  const peak = readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\s+(\d+) kB$/m);
  return Math.ceil((peak ? Number(peak[1]) : process.resourceUsage().maxRSS) / MEGABYTE_IN_KILOBYTES);
};

/** A thrown value as Lambda tells of it. */
function describe(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack).split('\n') };
}

/** What a handler gets beside its event. */
function contextOf({ awsRequestId, deadline }) {
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
  return {
    awsRequestId,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: process.argv[3],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: String(process.pid),
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function invoke(handler, message) {
  try {
    const payload = JSON.stringify(await handler(message.event, contextOf(message))) ?? 'null';
    process.send({ kind: 'done', payload, peakMb: peakMb() });
  } catch (thrown) {
    const error = describe(thrown);
    console.error(JSON.stringify({ level: 'ERROR', message: 'Invoke Error', ...error }));
    process.send({ kind: 'failed', error, peakMb: peakMb() });
  }
}

process.on('disconnect', () => process.exit(0)); // the host is gone
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group of processes; the host ends this one in order

// Compiled code is kept beside the bundles: the next process of the function starts in two thirds of the time.
if (process.argv[4] !== 'read-only') enableCompileCache(join(dirname(process.argv[2]), '../.compiled'));
try {
  const { handler } = await import(pathToFileURL(process.argv[2]).href);
  if (typeof handler !== 'function') throw new TypeError('The bundle exports no handler');
  // As Lambda's Node 24 does: a third parameter was a callback.
  if (handler.length > 2) throw new TypeError('The handler has more than two parameters');
  process.on('message', (message) => void invoke(handler, message));
  process.send({ kind: 'ready' });
  flushCompileCache(); // the host ends this process without a warning
} catch (thrown) {
  const error = describe(thrown);
  console.error(JSON.stringify({ level: 'ERROR', message: 'Init Error', ...error }));
  process.send({ kind: 'broken', error }, () => process.exit(1));
}
