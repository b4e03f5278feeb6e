import pc from 'picocolors';
import type { TestFailure } from './test-conversation.js';

/** How one test went. */
export interface TestResult {
  file: string;
  name: string;
  ms: number;
  /** Absent for a test that passed. */
  failure?: TestFailure;
}

/** A test's line, and what went wrong below it. */
export function readableResult({ file, name, ms, failure }: TestResult): string {
  const took = pc.dim(`${(ms / 1_000).toFixed(1)} s`);
  if (!failure) return `${pc.green('✓')} ${file}: ${name} ${took}\n`;
  const where = failure.step === 0 ? 'before the call' : `step ${failure.step}`;
  const lines = failure.instead.map((line) => `      ${line}\n`).join('');
  return `${pc.red('✗')} ${file}: ${name} ${took}\n    ${where}, expected ${failure.expected}; instead:\n${lines}`;
}

/** `3 passed, 1 failed, 34.2 s`. */
export function summary(results: readonly TestResult[], ms: number): string {
  const failed = results.filter(({ failure }) => failure).length;
  return `${results.length - failed} passed, ${failed} failed, ${(ms / 1_000).toFixed(1)} s\n`;
}

/** The results as continuous integration reads them. Source: the JUnit XML that Ant and Maven write. */
export function junitReport(results: readonly TestResult[], ms: number): string {
  const files = [...new Set(results.map(({ file }) => file))];
  const suites = files.map((file) => {
    const own = results.filter((result) => result.file === file);
    return `<testsuite ${attributes({ name: file, ...counts(own), time: seconds(sum(own)) })}>\n${own.map(testCase).join('')}</testsuite>\n`;
  });
  const head = attributes({ name: 'liveline test', ...counts(results), time: seconds(ms) });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${suites.join('')}</testsuites>\n`;
}

function testCase({ file, name, ms, failure }: TestResult): string {
  const head = attributes({ name, classname: file, time: seconds(ms) });
  if (!failure) return `<testcase ${head}/>\n`;
  const message = attributes({ message: `step ${failure.step}: expected ${failure.expected}` });
  return `<testcase ${head}><failure ${message}>${escape(failure.instead.join('\n'))}</failure></testcase>\n`;
}

function counts(results: readonly TestResult[]): { tests: number; failures: number } {
  return { tests: results.length, failures: results.filter(({ failure }) => failure).length };
}

function sum(results: readonly TestResult[]): number {
  return results.reduce((total, { ms }) => total + ms, 0);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value))}"`)
    .join(' ');
}

/** XML 1.0 §2.2 and §2.4: no control characters, and five characters in words. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
