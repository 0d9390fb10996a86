/* Drags files onto the window at a place of the screen, by XDND, as a file manager does.
 * usage: drag X Y FILE...   (paths as the receiving program sees them)
 * build: cc drag.c -lX11 -o drag */
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Display *screen;
static Window mine, theirs;

static Atom named(const char *name) { return XInternAtom(screen, name, False); }

static void tell(const char *what, long a, long b, long c, long d) {
  XEvent event = {0};
  event.xclient.type = ClientMessage;
  event.xclient.window = theirs;
  event.xclient.message_type = named(what);
  event.xclient.format = 32;
  long data[5] = {(long)mine, a, b, c, d};
  memcpy(event.xclient.data.l, data, sizeof data);
  XSendEvent(screen, theirs, False, NoEventMask, &event);
  XFlush(screen);
}

static int takes_drops(Window window) {
  Atom type; int format; unsigned long count, left; unsigned char *data = NULL;
  XGetWindowProperty(screen, window, named("XdndAware"), 0, 1, False, AnyPropertyType, &type,
                     &format, &count, &left, &data);
  if (data) XFree(data);
  return type != None;
}

static Window below(int x, int y) {
  Window at = DefaultRootWindow(screen), child = at; int inner_x, inner_y;
  while (child != None) {
    at = child;
    if (takes_drops(at)) return at;
    XTranslateCoordinates(screen, DefaultRootWindow(screen), at, x, y, &inner_x, &inner_y, &child);
  }
  return None;
}

/* Serve what the receiver asks until its message `what` has come; 0 after some seconds. */
static int await(const char *what, const char *list) {
  for (int tries = 0; tries < 400; tries++, usleep(10000)) {
    while (XPending(screen)) {
      XEvent event;
      XNextEvent(screen, &event);
      if (event.type == ClientMessage && event.xclient.message_type == named(what)) {
        printf("%s %ld\n", what, event.xclient.data.l[1]);
        return 1;
      }
      if (event.type != SelectionRequest) continue;
      XSelectionRequestEvent *asked = &event.xselectionrequest;
      XEvent answer = {0};
      answer.xselection.type = SelectionNotify;
      answer.xselection.requestor = asked->requestor;
      answer.xselection.selection = asked->selection;
      answer.xselection.target = asked->target;
      answer.xselection.property = asked->property;
      answer.xselection.time = asked->time;
      XChangeProperty(screen, asked->requestor, asked->property, asked->target, 8, PropModeReplace,
                      (const unsigned char *)list, (int)strlen(list));
      XSendEvent(screen, asked->requestor, False, NoEventMask, &answer);
      printf("asked for %s\n", XGetAtomName(screen, asked->target));
    }
  }
  printf("no %s\n", what);
  return 0;
}

int main(int count, char **words) {
  if (count < 4 || !(screen = XOpenDisplay(NULL))) return 2;
  int x = atoi(words[1]), y = atoi(words[2]);
  static char list[65536];
  for (int i = 3; i < count; i++) {
    strcat(strcat(strcat(list, "file://"), words[i]), "\r\n");
  }
  mine = XCreateSimpleWindow(screen, DefaultRootWindow(screen), 0, 0, 1, 1, 0, 0, 0);
  XSetSelectionOwner(screen, named("XdndSelection"), mine, CurrentTime);
  XWarpPointer(screen, None, DefaultRootWindow(screen), 0, 0, 0, 0, x, y);
  theirs = below(x, y);
  if (theirs == None) { printf("nothing there takes drops\n"); return 1; }
  tell("XdndEnter", 5L << 24, (long)named("text/uri-list"), 0, 0);
  for (int step = 4; step >= 0; step--) {  /* as a pointer travels */
    tell("XdndPosition", 0, ((long)(x + 8 * step) << 16) | y, CurrentTime,
         (long)named("XdndActionCopy"));
    if (!await("XdndStatus", list)) return 1;
    usleep(60000);
  }
  tell("XdndDrop", 0, CurrentTime, 0, 0);
  return await("XdndFinished", list) ? 0 : 1;
}
