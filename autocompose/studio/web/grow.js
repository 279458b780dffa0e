// A text area as high as its text, also when the window turns or changes its width.
import { Component, createRef, html } from "./view.js";

/** @param {HTMLTextAreaElement} area */
export function fit(area) {
  area.style.height = "auto";
  const border = area.offsetHeight - area.clientHeight;
  area.style.height = `${area.scrollHeight + border}px`;
}

/**
 * All attributes go to the text area itself.
 *
 * @extends {Component<Record<string, any>, {}>}
 */
export class GrowingText extends Component {
  area = createRef();
  width = 0;

  componentDidMount() {
    fit(this.area.current);
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (width === this.width) return;
      this.width = width;
      requestAnimationFrame(() => this.area.current && fit(this.area.current));
    });
    this.observer.observe(this.area.current);
  }

  componentDidUpdate() {
    fit(this.area.current);
  }

  componentWillUnmount() {
    this.observer?.disconnect();
  }

  render() {
    return html`<textarea ref=${this.area} ...${this.props}></textarea>`;
  }
}
