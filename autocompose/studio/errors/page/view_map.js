// The map of queries and pictures: each query stands where it was composed to. A line drawn around
// some of them makes them the subset.
import { Component, createRef, html } from "../../web/view.js";
import { subset } from "./state.js";
import { isInside, nearest } from "./subset.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {{ state: State, actions: Actions }} Props */

/** Space around the map, as a share of its size. */
const MARGIN = 0.06;
/** A line shorter than this is a click, in pixels. */
const CLICK = 6;
/** Queries that "the nearest" are. */
const NEAR = 50;

/** @param {import("./state").RunAnswer} run */
function bounds({ rows, places }) {
  let most = 1e-9;
  for (const [x, y] of places) most = Math.max(most, Math.abs(x), Math.abs(y));
  for (let i = 0; i < rows.x.length; i++)
    most = Math.max(most, Math.abs(rows.x[i]), Math.abs(rows.y[i]));
  return most;
}

/** @extends {Component<Props, {}>} */
export class QueryMap extends Component {
  canvas = createRef();
  /** @type {[number, number][]} */
  line = [];

  componentDidMount() {
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.canvas.current);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.draw();
  }

  componentDidUpdate() {
    this.draw();
  }

  componentWillUnmount() {
    this.watcher?.disconnect();
    this.theme?.disconnect();
  }

  /** From the map's units to pixels of the page. */
  scale() {
    const size = this.canvas.current.clientWidth;
    const { run } = this.props.state;
    const most = run ? bounds(run) : 1;
    const half = size / 2;
    const unit = (half * (1 - MARGIN)) / most;
    return (/** @type {number} */ x, /** @type {number} */ y) =>
      /** @type {[number, number]} */ ([half + unit * x, half - unit * y]);
  }

  draw() {
    const canvas = this.canvas.current;
    const { run, order } = this.props.state;
    const pen = canvas?.getContext("2d");
    if (!pen || !run) return;
    const [size, ratio] = [canvas.clientWidth, window.devicePixelRatio || 1];
    canvas.width = canvas.height = Math.round(size * ratio);
    pen.scale(ratio, ratio);
    const colours = getComputedStyle(canvas);
    const colour = (/** @type {string} */ name) => colours.getPropertyValue(name);
    const to = this.scale();
    const dot = (/** @type {[number, number]} */ [x, y], /** @type {number} */ r) => {
      pen.beginPath();
      pen.arc(x, y, r, 0, 7);
      pen.fill();
    };
    pen.fillStyle = colour("--ac-line-strong");
    for (const [x, y] of run.places) dot(to(x, y), 1.5);
    const inside = new Set(subset(this.props.state));
    for (const i of order) {
      const failed = run.rows.cause[i] >= 0;
      pen.globalAlpha = inside.has(i) ? 0.9 : 0.12;
      pen.fillStyle = colour(failed ? "--ac-bad" : "--ac-accent");
      dot(to(run.rows.x[i], run.rows.y[i]), failed ? 3 : 2);
    }
    pen.globalAlpha = 1;
    this.drawChosen(pen, to, colour("--ac-ink"));
    this.drawLine(pen, colour("--ac-ink"));
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {(x: number, y: number) => [number, number]} to
   * @param {string} ink
   */
  drawChosen(pen, to, ink) {
    const { run, at } = this.props.state;
    if (!run || at < 0) return;
    const [x, y] = to(run.rows.x[at], run.rows.y[at]);
    const target = run.places[run.pictures.indexOf(run.rows.names[run.rows.target[at]])];
    pen.strokeStyle = ink;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x, y, 6, 0, 7);
    if (target) {
      pen.moveTo(x, y);
      pen.lineTo(...to(target[0], target[1]));
    }
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {string} ink */
  drawLine(pen, ink) {
    if (this.line.length < 2) return;
    pen.strokeStyle = ink;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    for (const [x, y] of this.line) pen.lineTo(x, y);
    pen.stroke();
    pen.setLineDash([]);
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  place(event) {
    const box = this.canvas.current.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  down = (event) => {
    this.canvas.current.setPointerCapture(event.pointerId);
    this.line = [this.place(event)];
  };

  /** @param {PointerEvent} event */
  move = (event) => {
    if (!this.line.length) return;
    this.line.push(this.place(event));
    this.draw();
  };

  up = () => {
    const { line } = this;
    this.line = [];
    const { run } = this.props.state;
    if (!run || !line.length) return;
    const to = this.scale();
    const long = line.reduce(
      (sum, [x, y], i) => sum + (i ? Math.hypot(x - line[i - 1][0], y - line[i - 1][1]) : 0),
      0,
    );
    if (long < CLICK) this.pick(line[0], to);
    else {
      const rows = new Set();
      for (let i = 0; i < run.rows.x.length; i++) {
        if (isInside(line, ...to(run.rows.x[i], run.rows.y[i]))) rows.add(i);
      }
      this.props.actions.act({ kind: "lasso", rows: rows.size ? rows : null });
    }
    this.draw();
  };

  /**
   * @param {[number, number]} where
   * @param {(x: number, y: number) => [number, number]} to
   */
  pick([x, y], to) {
    const { run } = this.props.state;
    if (!run) return;
    let [best, least] = [-1, 12];
    for (let i = 0; i < run.rows.x.length; i++) {
      const [px, py] = to(run.rows.x[i], run.rows.y[i]);
      const away = Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [i, away];
    }
    if (best >= 0) this.props.actions.choose(best);
  }

  render() {
    const { state, actions } = this.props;
    const { run, at, lasso } = state;
    return html`
      <div class="ac-querymap">
        <canvas
          ref=${this.canvas}
          role="img"
          aria-label="Map of pictures and queries by their embeddings; failures in red"
          onpointerdown=${this.down}
          onpointermove=${this.move}
          onpointerup=${this.up}
          onpointercancel=${this.up}
        ></canvas>
        <p class="ac-quiet">
          The first two principal components of the gallery's embeddings. Grey: pictures; red:
          queries that fail; blue: queries that find their target; each stands where it was composed
          to, the chosen one with a line to its target. Draw around some to look at them alone.
        </p>
        <div class="ac-row">
          <button
            type="button"
            class="ac-mini"
            data-near
            disabled=${at < 0}
            onclick=${() =>
              run && actions.act({ kind: "lasso", rows: nearest(run.rows, at, NEAR) })}
          >
            ${`The ${NEAR} nearest to the chosen query`}
          </button>
          ${
            lasso &&
            html`<button
              type="button"
              class="ac-mini"
              data-unlasso
              onclick=${() => actions.act({ kind: "lasso", rows: null })}
            >
              ${`Leave the ${lasso.size} that were chosen here`}
            </button>`
          }
        </div>
      </div>
    `;
  }
}
