/** The picture and what is drawn on it: fits it in, turns places on the screen into px of the clip, and draws. */

/**
 * @typedef {import("../types.js").Box} Box
 * @typedef {object} Mark
 * @property {Box} box
 * @property {"hidden" | "undecided" | "shown" | "drawn" | "asked"} kind
 * @property {string} label
 * @property {boolean} strong
 */

/** Each kind has a colour, a pattern and a word, so that none is told by colour alone. */
const LOOKS = {
  hidden: { colour: "#ffb000", dash: [], word: "Hidden" },
  undecided: { colour: "#ffd98a", dash: [3, 4], word: "Hidden" },
  shown: { colour: "#3ddc97", dash: [14, 5], word: "Shown" },
  drawn: { colour: "#e58fff", dash: [2, 3, 9, 3], word: "Drawn" },
  asked: { colour: "#7cc7ff", dash: [8, 4], word: "Who?" },
};

export class Stage {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.width = 16;
    this.height = 9;
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    new ResizeObserver(() => this.resized()).observe(canvas);
    /** @type {() => void} */
    this.redraw = () => undefined;
  }

  resized() {
    const ratio = devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.redraw();
  }

  /** Where the clip's picture lies on the canvas: left, top, and px of the canvas to one of the clip. */
  get fit() {
    const { width, height } = this.canvas;
    const scale = Math.min(width / this.width, height / this.height) * this.zoom;
    const [cx = 0.5, cy = 0.5] = this.zoom > 1 ? this.centre : [0.5, 0.5];
    const place = (/** @type {number} */ room, /** @type {number} */ size, /** @type {number} */ share) =>
      size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, room / 2 - share * size));
    return {
      scale,
      left: place(width, this.width * scale, cx),
      top: place(height, this.height * scale, cy),
    };
  }

  /**
   * Px of the clip at a place on the screen.
   * @param {{ clientX: number, clientY: number }} event
   * @returns {[number, number]}
   */
  pointAt(event) {
    const edge = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / Math.max(1, edge.width);
    const { scale, left, top } = this.fit;
    const x = ((event.clientX - edge.left) * ratio - left) / scale;
    const y = ((event.clientY - edge.top) * ratio - top) / scale;
    return [Math.max(0, Math.min(this.width - 1, Math.round(x))), Math.max(0, Math.min(this.height - 1, Math.round(y)))];
  }

  /**
   * Make it nearer or farther, about a point of the clip.
   * @param {number} zoom
   * @param {[number, number]} [about]
   */
  zoomTo(zoom, about) {
    this.zoom = Math.max(1, Math.min(8, zoom));
    if (about) this.centre = [about[0] / this.width, about[1] / this.height];
    this.redraw();
  }

  /**
   * Draw PICTURE, which shows the whole of the clip's picture, and perhaps a strip below it.
   * @param {CanvasImageSource | null} picture
   * @param {Mark[]} marks
   * @param {boolean} covered whether hidden places are painted over, as while playing
   */
  draw(picture, marks, covered) {
    const { context, canvas } = this;
    const { scale, left, top } = this.fit;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#0b1118";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (picture) context.drawImage(picture, left, top, this.width * scale, this.height * scale);
    context.setTransform(scale, 0, 0, scale, left, top);
    if (covered) for (const mark of marks) if (mark.kind !== "shown" && mark.kind !== "asked") this.cover(mark.box);
    const ratio = devicePixelRatio || 1;
    for (const mark of marks.filter((one) => !one.strong)) this.mark(mark, ratio / scale);
    for (const mark of marks.filter((one) => one.strong)) this.mark(mark, ratio / scale);
  }

  /** @param {Box} box */
  cover([x0, y0, x1, y1]) {
    this.context.fillStyle = "#59636e";
    this.context.fillRect(x0, y0, x1 - x0, y1 - y0);
  }

  /**
   * @param {Mark} mark
   * @param {number} px of the clip to one of the screen
   */
  mark({ box: [x0, y0, x1, y1], kind, label, strong }, px) {
    const { context } = this;
    const look = LOOKS[kind];
    const width = strong ? 4 : 2;
    context.lineJoin = "round";
    context.setLineDash([]);
    context.strokeStyle = "#000c";
    context.lineWidth = (width + 2) * px;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    context.setLineDash(look.dash.map((length) => length * px));
    context.strokeStyle = look.colour;
    context.lineWidth = width * px;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
    context.setLineDash([]);
    if (label && (strong || kind !== "undecided")) this.label(label, x0, y0, px, look.colour);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} px
   * @param {string} colour
   */
  label(text, x, y, px, colour) {
    const { context } = this;
    context.font = `600 ${13 * px}px system-ui, sans-serif`;
    const width = context.measureText(text).width + 10 * px;
    const top = y >= 20 * px ? y - 20 * px : y;
    context.fillStyle = "#0b1118";
    context.fillRect(x - px, top, width, 20 * px);
    context.fillStyle = colour;
    context.textBaseline = "middle";
    context.fillText(text, x + 4 * px, top + 10 * px);
  }
}
