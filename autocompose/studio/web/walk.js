// A row of buttons that is one tab stop: arrow keys walk through it, Home and End go to its ends.
import { Component, createRef, html } from "./view.js";

/**
 * Where a key leads in a row.
 *
 * @param {string} key as in KeyboardEvent.key
 * @param {number} at the place now
 * @param {number} count how many places there are
 * @returns {number} the new place, or -1 where the key is not ours
 */
export function step(key, at, count) {
  if (count === 0) return -1;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  if (by === undefined || at < 0) return -1;
  return Math.max(0, Math.min(count - 1, at + by));
}

/**
 * The one button that Tab reaches: the focused one, else the chosen one, else the first.
 *
 * @param {HTMLElement} row
 */
export function settle(row) {
  const buttons = /** @type {HTMLElement[]} */ ([...row.querySelectorAll("button")]);
  const stop =
    buttons.find((button) => button === document.activeElement) ??
    buttons.find((button) => button.getAttribute("aria-pressed") === "true") ??
    buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}

/**
 * A row as a component; its buttons are its children. When `show` changes, the chosen button is
 * scrolled into view inside the row.
 *
 * @typedef {object} Props
 * @property {string} class
 * @property {string} label
 * @property {string} [role]
 * @property {string} [show]
 * @property {any} [children]
 */

/** @extends {Component<Props, {}>} */
export class Walk extends Component {
  row = createRef();

  componentDidMount() {
    settle(this.row.current);
  }

  /** @param {Props} before */
  componentDidUpdate(before) {
    settle(this.row.current);
    if (this.props.show !== before.show) this.centre();
  }

  centre() {
    const row = this.row.current;
    const chosen = row.querySelector("[aria-pressed=true]");
    if (!chosen) return;
    row.scrollTo({ left: chosen.offsetLeft - row.clientWidth / 2 + chosen.clientWidth / 2 });
  }

  /** @param {KeyboardEvent} event */
  walk = (event) => {
    const buttons = [...this.row.current.querySelectorAll("button")];
    const next = step(event.key, buttons.indexOf(document.activeElement), buttons.length);
    if (next < 0) return;
    event.preventDefault();
    buttons[next].focus();
    buttons[next].scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  render() {
    const { label, role = "group", children } = this.props;
    return html`
      <div
        ref=${this.row}
        class=${this.props.class}
        role=${role}
        aria-label=${label}
        onkeydown=${this.walk}
        onfocusin=${() => settle(this.row.current)}
      >
        ${children}
      </div>
    `;
  }
}
