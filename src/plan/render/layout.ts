/** Where the boxes of a tree stand: each below what feeds it, in the middle above what it feeds. */
export interface Tree<T> {
  next: readonly T[];
}

export interface Box<T> {
  item: T;
  x: number;
  y: number;
  height: number;
  next: Box<T>[];
}

export const columnWidth = 236;
export const boxWidth = 212;

export interface Spacing<T> {
  /** Between a box and the one below it. */
  gap: number;
  heightOf(item: T): number;
}

export function place<T extends Tree<T>>(item: T, left: number, top: number, spacing: Spacing<T>): Box<T> {
  const height = spacing.heightOf(item);
  const next: Box<T>[] = [];
  let column = left;
  for (const child of item.next) {
    next.push(place(child, column, top + height + spacing.gap, spacing));
    column += columns(child) * columnWidth;
  }
  const [first] = next;
  const last = next.at(-1);
  return { item, x: first && last ? (first.x + last.x) / 2 : left, y: top, height, next };
}

export function columns<T extends Tree<T>>(item: T): number {
  return item.next.length === 0 ? 1 : item.next.reduce((sum, next) => sum + columns(next), 0);
}

export function lowest<T>(box: Box<T>): number {
  return Math.max(box.y + box.height, ...box.next.map(lowest));
}

/** From the middle of one box's foot to the middle of the next one's head. */
export function linkPath<T>(from: Box<T>, to: Box<T>): string {
  const [x1, y1] = [from.x + boxWidth / 2, from.y + from.height];
  const x2 = to.x + boxWidth / 2;
  const middle = (y1 + to.y) / 2;
  return `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${to.y}`;
}
