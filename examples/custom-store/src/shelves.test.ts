import { afterEach, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { describeStore, type StoreUnderTest } from 'scheduled-task-runner/store/contract';
import { ShelfData } from './shelves/data.js';
import { openShelves } from './shelves/open-shelves.js';

function someShelves(): StoreUnderTest {
  const data = new ShelfData(() => Date.now());
  return { open: () => openShelves(data) };
}

describeStore('shelves', someShelves, { describe, it, beforeEach, afterEach, expect });
