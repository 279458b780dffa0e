// The failures by rank: only the rows in sight are drawn.
import { Component, createRef, html } from "../../web/view.js";
import { causeOf, listed } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {{ state: State, actions: Actions }} Props */

/** Height of a row, in pixels, as in errors.css. */
const ROW = 64;
/** Rows drawn beyond both ends of what is seen. */
const SPARE = 6;

/** @param {string} folder @param {string} name */
export const pictureAt = (folder, name) =>
  folder + name.split("/").map(encodeURIComponent).join("/");

/** @param {{ folder: string, name: string }} props */
const Thumb = ({ folder, name }) =>
  folder
    ? html`<img src=${pictureAt(folder, name)} alt="" loading="lazy" decoding="async" />`
    : html`<span class="ac-nothumb" aria-hidden="true"></span>`;

/** @param {Props & { i: number, place: number, count: number }} props */
const Row = ({ state, actions, i, place, count }) => {
  const { run, boot, at, cases, corrections } = state;
  if (!run) return null;
  const { rows, folder } = run;
  const cause = boot?.causes[causeOf(state, i)]?.cause ?? "found";
  const marks = [
    corrections[rows.id[i]] ? "corrected" : "",
    cases[rows.id[i]] ? "in review" : "",
  ].filter(Boolean);
  return html`
    <li aria-setsize=${count} aria-posinset=${place + 1} style=${`top:${ROW * place}px`}>
      <button
        type="button"
        class="ac-errorrow"
        data-row=${rows.id[i]}
        aria-current=${i === at ? "true" : undefined}
        tabindex=${i === at || (at < 0 && place === 0) ? 0 : -1}
        onclick=${() => actions.choose(i)}
      >
        <b class="ac-rank">${rows.rank[i]}</b>
        <${Thumb} folder=${folder} name=${rows.names[rows.reference[i]]} />
        <${Thumb} folder=${folder} name=${rows.names[rows.target[i]]} />
        <span class="ac-rowtext">
          <span class="ac-clamp" dir="auto">${rows.text[i]}</span>
          <small>${[cause, ...marks].join(", ")}</small>
        </span>
      </button>
    </li>
  `;
};

/** @extends {Component<Props, { top: number, height: number }>} */
export class List extends Component {
  state = { top: 0, height: 640 };
  box = createRef();

  componentDidMount() {
    this.measure();
    this.watcher = new ResizeObserver(this.measure);
    this.watcher.observe(this.box.current);
    this.reveal();
  }

  componentWillUnmount() {
    this.watcher?.disconnect();
  }

  /** @param {Props} before */
  componentDidUpdate(before) {
    const [now, was] = [this.props.state, before.state];
    if (listed(now).length !== this.count) this.measure();
    if (now.at !== was.at) this.reveal();
  }

  measure = () => {
    const box = this.box.current;
    if (!box) return;
    this.count = listed(this.props.state).length;
    const { scrollTop: top, clientHeight: height } = box;
    if (top !== this.state.top || height !== this.state.height) this.setState({ top, height });
  };

  /** Scroll so that the chosen row is seen. */
  reveal() {
    const box = this.box.current;
    const place = listed(this.props.state).indexOf(this.props.state.at);
    if (!box || place < 0) return;
    const [first, last] = [ROW * place, ROW * (place + 1)];
    if (first < box.scrollTop) box.scrollTop = first;
    else if (last > box.scrollTop + box.clientHeight) box.scrollTop = last - box.clientHeight;
  }

  render() {
    const { state, actions } = this.props;
    const rows = listed(state);
    const first = Math.max(0, Math.floor(this.state.top / ROW) - SPARE);
    const last = Math.min(
      rows.length,
      Math.ceil((this.state.top + this.state.height) / ROW) + SPARE,
    );
    const changed = { fixed: "found now", broken: "lost now", "": "" }[state.changed];
    const what = changed || (state.all || state.cause >= 0 ? "queries" : "failures");
    return html`
      <section class="ac-errorlist" aria-label="Queries by rank">
        <div class="ac-row ac-between">
          <h2>
            <span role="status" data-listed=${rows.length}>
              ${`${rows.length} ${what}, worst first`}
            </span>
          </h2>
          <label class="ac-check">
            <input
              type="checkbox"
              name="all"
              checked=${state.all}
              onchange=${(/** @type {any} */ event) =>
                actions.act({ kind: "all", on: event.currentTarget.checked })}
            />
            found ones too
          </label>
        </div>
        <div class="ac-scroll" ref=${this.box} onscroll=${this.measure}>
          <ol style=${`height:${ROW * rows.length}px`}>
            ${rows.slice(first, last).map(
              (i, n) => html`<${Row} key=${state.run?.rows.id[i]} state=${state}
                  actions=${actions} i=${i} place=${first + n} count=${rows.length} />`,
            )}
          </ol>
          ${rows.length === 0 && html`<p class="ac-quiet ac-nothing">No query of this kind.</p>`}
        </div>
        <p class="ac-quiet ac-keyhelp">
          <kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>1</kbd> to <kbd>9</kbd>${" "}
          note a cause${" "}
          · <kbd>0</kbd> take it back · <kbd>s</kbd> send to review
        </p>
      </section>
    `;
  }
}
