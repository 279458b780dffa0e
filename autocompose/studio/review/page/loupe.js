// A picture at full size; under the pointer or the finger it is shown three times as large.
import { Photo } from "../../web/parts.js";
import { Component, html } from "../../web/view.js";

const TIMES = 3;

/**
 * @extends {Component<{
 *   picture: import("../../web/types").PictureView, name: string, mirrored: boolean,
 * }, { at: [number, number] | null }>}
 */
export class Loupe extends Component {
  state = { at: /** @type {[number, number] | null} */ (null) };

  /** @param {PointerEvent} e */
  look = (e) => {
    const box = /** @type {HTMLElement} */ (e.currentTarget).getBoundingClientRect();
    const x = (100 * (e.clientX - box.left)) / box.width;
    const y = (100 * (e.clientY - box.top)) / box.height;
    this.setState({ at: [x, y] });
  };

  leave = () => this.setState({ at: null });

  /** Arrow keys move the loupe. @param {KeyboardEvent} e */
  step = (e) => {
    const steps = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-5, 0],
      ArrowRight: [5, 0],
      ArrowUp: [0, -5],
      ArrowDown: [0, 5],
    });
    const move = steps[e.key];
    if (!move) return;
    e.preventDefault();
    const [x, y] = this.state.at ?? [50, 50];
    const inside = (/** @type {number} */ n) => Math.max(0, Math.min(100, n));
    this.setState({ at: [inside(x + move[0]), inside(y + move[1])] });
  };

  render() {
    const { picture, name, mirrored } = this.props;
    const { at } = this.state;
    const zoom = at ? `transform: scale(${TIMES}); transform-origin: ${at[0]}% ${at[1]}%` : "";
    return html`<figure>
      <div
        class="ac-loupe"
        tabindex="0"
        role="img"
        aria-label=${`${name}: ${picture.alt}. Arrow keys move the loupe.`}
        data-zoomed=${at ? "true" : "false"}
        onpointermove=${this.look}
        onpointerdown=${this.look}
        onpointerleave=${this.leave}
        onkeydown=${this.step}
        onblur=${this.leave}
      >
        <div class="ac-loupe-inside" style=${zoom}>
          <${Photo} picture=${picture} mirrored=${mirrored} eager=${true} />
        </div>
      </div>
      <figcaption><b>${name}</b></figcaption>
    </figure>`;
  }
}
