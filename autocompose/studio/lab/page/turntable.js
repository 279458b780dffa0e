// The old body and the new, turned together: by dragging, by arrow keys, or by themselves.
import { Component, createRef, html } from "../../web/view.js";
import { drawBody, drawFloor, drawHandles, drawTouches, placed } from "./bones.js";
import { jointAt, MOVABLE, moved } from "./by_hand.js";
import { fitted, seen, viewWords, whole } from "./space.js";

/** @typedef {import("../../web/types").LabBone} LabBone */
/** @typedef {import("./space").Place} Place */
/**
 * @typedef {object} Shown
 * @property {string} label
 * @property {Place[]} joints
 * @property {string[]} marks how each bone is drawn: a key of `MARKS`
 * @property {{ start: Place, end: Place, met: boolean }[]} [lines] between what is to touch
 */

/** Degrees for one key, for a pixel of a drag, and in a second by itself. */
const STEP = 15;
const DRAG = 0.6;
const SPEED = 24;

/** Milliseconds between two pictures while it turns by itself: light for a phone. */
const BEAT = 40;

/** Metres that a joint moves for one key. */
const NUDGE = 0.03;
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

const KEYS = { ArrowLeft: -STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowUp: STEP };

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * @typedef {object} Props
 * @property {Shown[]} bodies
 * @property {LabBone[]} bones
 * @property {string} about what a screen reader says of them
 * @property {((joints: Place[]) => void)} [onMoved] joints of the first body can be moved by hand;
 *   told where all of them are once one is let go
 */

/** @typedef {{ turn: number, turning: boolean, joint: number, posed: Place[] | null }} Turned */

/** @extends {Component<Props, Turned>} */
export class Turntable extends Component {
  canvas = createRef();
  /** @type {Turned} */
  state = { turn: 25, turning: !calm(), joint: 9, posed: null };
  /** @type {{ x: number, turn: number } | null} */
  held = null;
  grabbed = false;
  frame = 0;
  before = 0;
  visible = true;

  componentDidMount() {
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas.current);
    this.looks = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      this.roll();
    });
    this.looks.observe(this.canvas.current);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.body, { attributeFilter: ["class"] });
    this.draw();
    this.roll();
  }

  /** @param {Props} props @param {{ turning: boolean }} before */
  componentDidUpdate(props, before) {
    // What was moved is shown until the server has read it, and then as it was read.
    const read = props.bodies[0].joints !== this.props.bodies[0].joints;
    if (read && this.state.posed && !this.grabbed) this.setState({ posed: null });
    this.draw();
    if (before.turning !== this.state.turning) this.roll();
  }

  componentWillUnmount() {
    cancelAnimationFrame(this.frame);
    for (const one of [this.sizes, this.looks, this.theme]) one?.disconnect();
  }

  /** Turn by itself while it is seen, and not otherwise. */
  roll = () => {
    cancelAnimationFrame(this.frame);
    this.before = 0;
    if (this.state.turning && this.visible) this.frame = requestAnimationFrame(this.beat);
  };

  /** @param {number} now milliseconds */
  beat = (now) => {
    this.frame = requestAnimationFrame(this.beat);
    const passed = this.before ? now - this.before : BEAT;
    if (passed < BEAT) return;
    this.before = now;
    this.setState({ turn: (this.state.turn + (SPEED * Math.min(passed, 200)) / 1000) % 360 });
  };

  /** @param {number} turn the visitor's own: it no longer turns by itself */
  turnTo = (turn) => this.setState({ turn: whole(turn), turning: false });

  /** @param {KeyboardEvent} event */
  key = (event) => {
    const nudge = NUDGES[/** @type {keyof typeof NUDGES} */ (event.key)];
    if (event.shiftKey && this.props.onMoved && nudge) {
      event.preventDefault();
      const { joint, turn } = this.state;
      const now = seen(this.first()[joint], turn);
      const to = { x: now.x + NUDGE * nudge[0], y: now.y + NUDGE * nudge[1] };
      const posed = moved(this.first(), this.props.bones, { joint, to, turn });
      this.setState({ posed });
      this.props.onMoved(posed);
      return;
    }
    const by = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
    if (by === undefined && event.key !== "Home") return;
    event.preventDefault();
    this.turnTo(by === undefined ? 0 : this.state.turn + by);
  };

  /** @param {PointerEvent & { currentTarget: HTMLElement }} event */
  hold = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const joint = this.props.onMoved ? jointAt(this.points(), pointerOf(event)) : null;
    if (joint !== null) {
      this.grabbed = true;
      this.setState({ joint, posed: this.first(), turning: false });
      return;
    }
    this.held = { x: event.clientX, turn: this.state.turn };
    this.setState({ turning: false });
  };

  /** @param {PointerEvent} event */
  drag = (event) => {
    const { posed, joint, turn } = this.state;
    if (this.grabbed && posed) {
      const { left, width, height, scale, middle } = this.room();
      const at = pointerOf(event);
      const to = {
        x: (at.x - left - width / 2) / scale,
        y: middle - (at.y - height / 2) / scale,
      };
      this.setState({ posed: moved(posed, this.props.bones, { joint, to, turn }) });
      return;
    }
    // The body follows the finger: the viewer walks the other way.
    if (this.held) this.turnTo(this.held.turn - DRAG * (event.clientX - this.held.x));
  };

  let = () => {
    this.held = null;
    if (!this.grabbed) return;
    this.grabbed = false;
    if (this.state.posed) this.props.onMoved?.(this.state.posed);
  };

  /** The first body, as it was moved. @returns {Place[]} */
  first = () => this.state.posed ?? this.props.bodies[0].joints;

  /** Where the first body stands: as it was before it was dragged, so that nothing jumps. */
  room = () => {
    const { bodies } = this.props;
    const canvas = /** @type {HTMLCanvasElement} */ (this.canvas.current);
    const room = { width: canvas.clientWidth / bodies.length, height: canvas.clientHeight };
    const all = bodies.map((body) => body.joints);
    return { ...room, left: 0, ...fitted(all, room) };
  };

  points = () => placed(this.first(), this.state.turn, this.room());

  draw() {
    /** @type {HTMLCanvasElement | null} */
    const canvas = this.canvas.current;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || canvas.clientWidth === 0) return;
    const dots = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
    }
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { bodies, bones, onMoved } = this.props;
    const { floors, ...room } = this.room();
    const ink = getComputedStyle(canvas);
    bodies.forEach((one, at) => {
      const place = { ...room, left: at * room.width };
      const body = at === 0 ? { ...one, joints: this.first() } : one;
      drawFloor(pen, floors[at], this.state.turn, { ...place, ink });
      drawBody(pen, body, this.state.turn, { ...place, bones, ink });
      drawTouches(pen, body.lines ?? [], this.state.turn, { ...place, ink });
    });
    if (onMoved) drawHandles(pen, this.points(), this.state.joint, ink);
  }

  render() {
    const { turn, turning } = this.state;
    const { bodies, about, onMoved } = this.props;
    return html`
      <div class=${`ac-turntable${onMoved ? " ac-byhand" : ""}`}>
        <div class="ac-turnlabels" aria-hidden="true">
          ${bodies.map(({ label }) => html`<b>${label}</b>`)}
        </div>
        <canvas
          ref=${this.canvas}
          role="slider"
          tabindex="0"
          aria-label=${`${about} Turn with the arrow keys`}
          aria-valuemin="0"
          aria-valuemax="359"
          aria-valuenow=${turning ? 0 : whole(turn)}
          aria-valuetext=${turning ? "turning by itself" : `seen ${viewWords(turn)}`}
          data-turn=${whole(turn)}
          onkeydown=${this.key}
          onpointerdown=${this.hold}
          onpointermove=${this.drag}
          onpointerup=${this.let}
          onpointercancel=${this.let}
        ></canvas>
        <div class="ac-row ac-turntools">
          ${[
            ["Front", 0],
            ["Their left", 90],
            ["Back", 180],
            ["Their right", 270],
          ].map(
            ([words, to]) => html`
              <button type="button" class="ac-mini" onclick=${() => this.turnTo(Number(to))}>
                ${words}
              </button>
            `,
          )}
          <button
            type="button"
            class="ac-mini"
            aria-pressed=${String(turning)}
            data-spin
            onclick=${() => this.setState({ turning: !turning })}
          >
            ${turning ? "Stop turning" : "Let it turn"}
          </button>
        </div>
        ${
          onMoved &&
          html`
            <div class="ac-row ac-turntools">
              <label for="ac-lab-joint">Joint</label>
              <select
                id="ac-lab-joint"
                value=${this.state.joint}
                onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) =>
                  this.setState({ joint: Number(event.currentTarget.value) })}
              >
                ${[...MOVABLE].map(([row, name]) => html`<option value=${row}>${name}</option>`)}
              </select>
              <span class="ac-quiet">
                Drag it, or move it with Shift and the arrow keys on the body. Left and right are
                the subject's own.
              </span>
            </div>
          `
        }
      </div>
    `;
  }
}

/** @param {PointerEvent} event */
const pointerOf = (event) => {
  const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};
