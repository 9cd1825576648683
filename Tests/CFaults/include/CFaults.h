#pragma once

// A library to be preloaded (LD_PRELOAD): it counts what a program does to its files, call by call over
// all of its threads, and strikes at call number K. All of it is told by the environment:
//
//   FAULTS_ROOTS  paths, with colons between: only calls on what begins with one of them count
//   FAULTS_CALLS  names of the calls that count, with commas between
//   FAULTS_AT     the number of the call to strike at, from 1; 0 or nothing for none
//   FAULTS_UNTIL  the last one to strike at, where it is another
//   FAULTS_DO     "kill" before the call, "short" for half of a write, an error number, "stop" (SIGSTOP)
//                 or "pause" (SIGTSTP, as ^Z does) before the call, which then is made
//   FAULTS_LOG    a file that gets a line for each call: its number, name and path, and a star where
//                 it was struck
//
// The names are create (an open that may make a file), open (any other), write, pwrite, fsync,
// fdatasync, ftruncate, fchmod, mkdir, unlink, rename, link; and send, which counts whatever the socket.
