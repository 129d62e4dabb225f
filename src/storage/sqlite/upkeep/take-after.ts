import { chmod, chown, stat } from 'node:fs/promises';
import { codeOf } from '../../../domain/thrown.js';
import { UpkeepRefusedError } from '../../upkeep.js';

/** All but what everybody may. */
const NOT_OTHERS = 0o770;

/**
 * Gives a file the owner, the group and the mode of the one whose place it is to take, so that the same users can use it.
 * @throws UpkeepRefusedError when this user may not do that
 */
export async function takeAfter(part: string, path: string): Promise<void> {
  const [made, former] = [await stat(part), await stat(path)];
  try {
    if (made.uid !== former.uid || made.gid !== former.gid) await chown(part, former.uid, former.gid);
    await chmod(part, former.mode & NOT_OTHERS);
  } catch (error) {
    throw new UpkeepRefusedError(
      `The new file cannot be given to the owner of ${path} (${codeOf(error)}). Restore as the user of the service.`,
    );
  }
}
