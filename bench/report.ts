import { cpus, totalmem } from 'node:os';

/** Says what is going on, on stderr: stdout is for the results. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A figure against what it should be at most; a miss is called one. */
export function against(value: number, atMost: number, unit = ''): string {
  return `${figure(value)}${unit} (${value <= atMost ? 'met' : '**missed**'}: ≤ ${figure(atMost)}${unit})`;
}

/** Three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** What the figures were made on. */
export function machine(): string {
  const models = cpus();
  return `Node ${process.version.slice(1)}, ${models.length} × ${models[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
