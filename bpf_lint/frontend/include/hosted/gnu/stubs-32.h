/* Empty: glibc asks for it when the target is not the host, and it is rarely installed. */
