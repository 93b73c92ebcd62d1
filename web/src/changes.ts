/** The changes that a person can ask for; each opens a window. */
import type { CameraView, StreamView } from '../../dist/src/api/views.js';
import { devices, profile, profileSchema, Refusal } from './appliance.js';
import { ChangeDialog } from './change-dialog.js';
import { el } from './dom.js';
import type { FormField } from './form-field.js';
import { plural } from './format.js';
import { KeyForm, valueAt, type Written } from './key-form.js';
import { cameraSchema } from './schema-fields.js';
import { firstStream, nameInput, StreamForm } from './stream-form.js';
import { say } from './toast.js';

/** Keys of a camera that have places of their own on the page. */
const elsewhere = ['streams', 'controls'];

/** Whatever a form needs is fetched before it is shown. */
function opened(open: () => Promise<void>): void {
  open().catch((error: unknown) => {
    say(error instanceof Refusal ? error.problem.detail : 'The appliance does not answer');
  });
}

async function written(...path: string[]): Promise<Written> {
  return (valueAt((await profile()).profile, path) ?? {}) as Written;
}

export function addStream(camera: string): void {
  opened(async () => {
    const form = new StreamForm(await profileSchema(), firstStream);
    const name = nameInput('');
    ChangeDialog.open(
      {
        title: `Add a stream to ${camera}`,
        verb: 'Add',
        removes: false,
        content: [name.element, form.element],
        fields: () => [name, ...form.fields],
        change: () =>
          name.value === undefined
            ? null
            : {
                method: 'POST',
                path: `/cameras/${camera}/streams`,
                body: { name: name.value, ...form.values },
              },
        place: placeBelow(['cameras', camera, 'streams'], name),
      },
      say,
    );
    name.focus();
  });
}

export function changeStream(camera: string, view: StreamView): void {
  const stream = view.name;
  opened(async () => {
    const before = await written('cameras', camera, 'streams', stream);
    const form = new StreamForm(await profileSchema(), before);
    const path = `/cameras/${camera}/streams/${stream}`;
    ChangeDialog.open(
      {
        title: `Settings of ${camera}/${stream}`,
        verb: 'Apply',
        removes: false,
        removal: { words: 'Remove stream', open: () => removeStream(camera, view) },
        content: [form.element],
        fields: () => form.fields,
        change: () => changeOf(path, form.patch),
        place: (field) => ['cameras', camera, 'streams', stream, ...field.field.path].join('.'),
      },
      say,
    );
  });
}

function removeStream(camera: string, { name, readers }: StreamView): void {
  remove(`Remove ${camera}/${name}`, `/cameras/${camera}/streams/${name}`, watching([readers]));
}

function removeCamera({ name, streams }: CameraView): void {
  remove(`Remove ${name}`, `/cameras/${name}`, watching(streams.map(({ readers }) => readers)));
}

export function changeCamera(view: CameraView): void {
  const camera = view.name;
  opened(async () => {
    const [schema, before, sources] = await Promise.all([
      profileSchema(),
      written('cameras', camera),
      sourceList(),
    ]);
    const form = new KeyForm(cameraSchema(schema), elsewhere, before, sources.id);
    ChangeDialog.open(
      {
        title: `Settings of ${camera}`,
        verb: 'Apply',
        removes: false,
        removal: { words: 'Remove camera', open: () => removeCamera(view) },
        content: [sources, form.element],
        fields: () => form.fields,
        change: () => changeOf(`/cameras/${camera}`, form.patch),
        place: (field) => ['cameras', camera, ...field.field.path].join('.'),
      },
      say,
    );
  });
}

export function addCamera(): void {
  opened(async () => {
    const [schema, sources] = await Promise.all([profileSchema(), sourceList()]);
    const name = nameInput('');
    const form = new KeyForm(cameraSchema(schema), elsewhere, { source: 'auto' }, sources.id);
    const stream = new StreamForm(schema, firstStream);
    const streamName = nameInput('main');
    const streamPlace = (field: FormField) => {
      const below = field === streamName ? [] : field.field.path;
      return ['cameras', name.value, 'streams', streamName.value, ...below].join('.');
    };
    const cameraPlace = (field: FormField) => placeBelow(['cameras'], name)(field);
    const isOfStream = (field: FormField) => field === streamName || stream.fields.includes(field);
    ChangeDialog.open(
      {
        title: 'Add a camera',
        verb: 'Add',
        removes: false,
        content: [
          sources,
          name.element,
          form.element,
          el('h3', {}, 'Its first stream'),
          streamName.element,
          stream.element,
        ],
        fields: () => [name, ...form.fields, streamName, ...stream.fields],
        change: () => {
          if (name.value === undefined || streamName.value === undefined) return null;
          const streams = { [String(streamName.value)]: stream.values };
          return { method: 'POST', path: '/cameras', body: { name: name.value, ...form.values, streams } };
        },
        place: (field) => (isOfStream(field) ? streamPlace(field) : cameraPlace(field)),
      },
      say,
    );
    name.focus();
  });
}

/** The field of a name stands for all that is to be added under it. */
function placeBelow(path: readonly string[], name: FormField) {
  return (field: FormField): string =>
    [...path, name.value, ...(field === name ? [] : field.field.path)].join('.');
}

function changeOf(path: string, patch: object) {
  return Object.keys(patch).length === 0 ? null : ({ method: 'PATCH', path, body: patch } as const);
}

function remove(title: string, path: string, words: string): void {
  ChangeDialog.open(
    {
      title,
      verb: 'Remove',
      removes: true,
      content: [el('p', {}, words)],
      fields: () => [],
      change: () => ({ method: 'DELETE', path }),
      place: () => '',
    },
    say,
  );
}

function watching(readers: readonly StreamView['readers'][]): string {
  const count = readers.flatMap((one) => Object.values(one)).reduce((sum, one) => sum + one, 0);
  return count === 0 ? 'Nobody is watching now.' : `${plural(count, 'reader')} will be ended.`;
}

/** What a source may be, for those who do not know it by heart. */
async function sourceList(): Promise<HTMLDataListElement> {
  const found = (await devices()).map(({ source, name }) => el('option', { value: source }, name));
  return el(
    'datalist',
    { id: 'sources' },
    el('option', { value: 'auto' }, 'The first camera that is found'),
    ...found,
    el('option', { value: 'test' }, 'A moving test picture'),
  );
}
