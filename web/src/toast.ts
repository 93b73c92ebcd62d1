/** A sentence that goes by itself, for eyes and for screen readers. */
import { byId, setText } from './dom.js';

const shownMs = 6000;
let hide: number | undefined;

export function say(words: string): void {
  const toast = byId('toast');
  setText(toast, words);
  toast.hidden = false;
  window.clearTimeout(hide);
  hide = window.setTimeout(() => {
    toast.hidden = true;
    setText(toast, '');
  }, shownMs);
}
