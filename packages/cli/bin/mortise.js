#!/usr/bin/env node
// In the repository, so that npm finds it to link before the first build.
import '../dist/main.js'
