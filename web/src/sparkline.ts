/** The last minute of a number, as a line. */
const NS = 'http://www.w3.org/2000/svg';
const SAMPLES = 60;
const HEIGHT = 28;

export class Sparkline {
  readonly element = document.createElementNS(NS, 'svg');
  readonly #line = document.createElementNS(NS, 'polyline');
  readonly #values: number[] = [];

  constructor() {
    this.element.setAttribute('viewBox', `0 0 ${SAMPLES - 1} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('class', 'sparkline');
    this.element.setAttribute('aria-hidden', 'true');
    this.element.append(this.#line);
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > SAMPLES) this.#values.shift();
    this.show(this.#values);
  }

  /** All of it, the newest last. */
  show(values: readonly number[]): void {
    const top = Math.max(...values, 1) * 1.15;
    const begin = SAMPLES - values.length;
    const points = values.map((one, index) => `${begin + index},${HEIGHT - (one / top) * HEIGHT}`);
    this.#line.setAttribute('points', points.join(' '));
  }
}
