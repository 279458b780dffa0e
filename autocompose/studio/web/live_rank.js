// Where a text finds its target while somebody writes it: "your wording: rank 14 → 3".
import { pause, sequence } from "./api.js";
import { Component, html } from "./view.js";

/** @typedef {import("./types").LiveRank} Rank */
/** @typedef {{ reference: string, target: string, text: string }} Question */
/** @typedef {(question: Question) => Promise<import("./api").Answer<"live_rank">>} Ask */
/**
 * @typedef {object} Props
 * @property {Ask} ask
 * @property {string} reference id of the picture before the change
 * @property {string} target id of the picture after it
 * @property {string} before the text as it was
 * @property {string} text as it is now
 * @property {boolean} [always] also while nothing was changed
 */

/** Pause in writing before the text is ranked, in milliseconds. */
const REST = 300;
/** Pause before a model that still loads is asked again, in milliseconds. */
const AGAIN = 1500;

/**
 * Ranks texts one after the other; an answer to an older text is dropped.
 *
 * @param {Ask} ask
 * @param {(rank: Rank | null) => void} show
 * @param {number} rest
 * @param {number} again
 */
export function ranker(ask, show, rest = REST, again = AGAIN) {
  const numbers = sequence();
  return {
    /** @param {Question} question */
    async rank(question) {
      const number = numbers.next();
      for (let wait = rest; ; wait = again) {
        await pause(wait);
        if (!numbers.isNewest(number)) return;
        const answer = await ask(question);
        if (!numbers.isNewest(number)) return;
        show(answer.ok ? answer : null);
        if (!answer.ok || !answer.waiting) return;
      }
    },
    stop: () => numbers.next(),
  };
}

/**
 * @param {Rank | null} was
 * @param {Rank | null} now
 * @param {boolean} changed
 */
export function rankWords(was, now, changed) {
  if (!now) return "";
  if (!now.rank) return now.why && `No rank: ${now.why}`;
  if (!changed || !was?.rank) return `Finds its target at rank ${now.rank} of ${now.of}`;
  return `Your wording: rank ${was.rank} → ${now.rank} of ${now.of}`;
}

/** @extends {Component<Props, { was: Rank | null, now: Rank | null, of: string }>} */
export class LiveRank extends Component {
  state = /** @type {{ was: Rank | null, now: Rank | null, of: string }} */ ({
    was: null,
    now: null,
    of: "",
  });
  first = ranker(
    (question) => this.props.ask(question),
    (was) => this.setState({ was }),
    0,
  );
  newest = ranker(
    (question) => this.props.ask(question),
    (now) => this.setState({ now, of: this.asked }),
  );
  asked = "";
  pair = "";

  componentDidMount() {
    this.follow();
  }

  componentDidUpdate() {
    this.follow();
  }

  componentWillUnmount() {
    this.first.stop();
    this.newest.stop();
  }

  follow() {
    const { reference, target, before, text, always } = this.props;
    const changed = text !== before;
    if (!text.trim() || (!changed && !always && !this.asked)) return;
    const pair = [reference, target, before].join("\n");
    if (pair !== this.pair) {
      this.pair = pair;
      this.asked = "";
      this.setState({ was: null, now: null, of: "" });
      if (before.trim()) this.first.rank({ reference, target, text: before });
    }
    if (text === this.asked) return;
    this.asked = text;
    this.newest.rank({ reference, target, text });
  }

  render() {
    const { before, text } = this.props;
    const { was, now, of } = this.state;
    if (!now) return null;
    const words = rankWords(was, now, of !== before);
    const better = was && now.rank && was.rank ? Math.sign(was.rank - now.rank) : 0;
    return (
      words &&
      html`<p
        class="ac-quiet ac-liverank"
        role="status"
        data-liverank=${now.rank}
        data-better=${better}
        aria-busy=${of === text ? undefined : "true"}
      >
        ${words}
      </p>`
    );
  }
}
