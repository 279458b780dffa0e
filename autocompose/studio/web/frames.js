// Gradio's loading sign asks for a frame after every frame to count its seconds, and does so for as
// long as the page is open: it is taken away without being stopped (Gradio 6.31.0). That keeps a
// sixth of a processor busy. Its chain of frames ends here once no such sign is shown.
(() => {
  const LONG = 120;
  const SHOWN = '[data-testid="status-tracker"]:not(.hide)';
  const frame = window.requestAnimationFrame.bind(window);
  /** @type {{ frames: number } | null} */
  let running = null;

  /** @param {FrameRequestCallback} callback */
  const countsSeconds = (callback) => /performance\.now\(\)-.*1e3/.test(String(callback));

  window.requestAnimationFrame = (callback) => {
    const chain = running ?? { frames: 0 };
    chain.frames += 1;
    if (chain.frames > LONG && countsSeconds(callback) && !document.querySelector(SHOWN)) return 0;
    return frame((time) => {
      const outer = running;
      running = chain;
      try {
        callback(time);
      } finally {
        running = outer;
      }
    });
  };
})();
