/**
 * Characters that functions of texts walk over while `run` runs: what `indexOf` passes, what `slice` copies, and the text of each
 * regular expression. It grows as the time does, and does not depend on the machine. A pattern that goes back and forth inside
 * its own text is not seen: such a test needs a text on which it would not end.
 */
export function workOf(run: () => unknown): number {
  const texts = String.prototype;
  const { indexOf, slice } = texts;
  const { exec } = RegExp.prototype;
  let work = 0;
  texts.indexOf = function (search: string, from = 0) {
    const found = indexOf.call(this, search, from);
    work += (found < 0 ? this.length : found) - from;
    return found;
  };
  texts.slice = function (from?: number, to?: number) {
    const piece = slice.call(this, from, to);
    work += piece.length;
    return piece;
  };
  RegExp.prototype.exec = function (text: string) {
    work += text.length - this.lastIndex;
    return exec.call(this, text);
  };
  try {
    run();
  } finally {
    Object.assign(texts, { indexOf, slice });
    RegExp.prototype.exec = exec;
  }
  return work;
}
