// The camera, in place of a file: it is on while this component is shown.
import { jpeg } from "../../web/upload.js";
import { Component, createRef, html } from "../../web/view.js";

const NO_CAMERA = "The camera is not available. Allow it in the browser, or upload a picture.";

/**
 * @typedef {object} Props
 * @property {(file: File) => void} onPicture
 * @property {() => void} onCancel
 * @property {(problem: string) => void} onProblem
 */

/** @extends {Component<Props, {}>} */
export class Camera extends Component {
  video = createRef();
  /** @type {MediaStream | null} */
  stream = null;
  gone = false;

  async componentDidMount() {
    /** @type {MediaStream} */
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 960 } } });
    } catch {
      this.props.onProblem(NO_CAMERA);
      return;
    }
    this.stream = stream;
    if (this.gone) this.stop();
    else this.video.current.srcObject = stream;
  }

  componentWillUnmount() {
    this.gone = true;
    this.stop();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }

  take = async () => {
    const video = this.video.current;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const file = await jpeg(canvas, "camera");
    if (file) this.props.onPicture(file);
  };

  render() {
    return html`
      <div class="ac-camera">
        <video ref=${this.video} autoplay playsinline muted aria-label="Camera picture"></video>
        <div class="ac-row">
          <button type="button" class="ac-button ac-solid" onclick=${this.take}>
            Take the picture
          </button>
          <button type="button" class="ac-button" onclick=${this.props.onCancel}>Cancel</button>
        </div>
      </div>
    `;
  }
}
