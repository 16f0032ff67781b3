package kithward.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javafx.animation.AnimationTimer;
import javafx.application.Platform;
import javafx.concurrent.Worker;
import javafx.scene.Scene;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;
import javafx.scene.layout.Pane;
import javafx.scene.web.WebView;
import javafx.stage.Stage;

/**
 * Looks at pages without a display. A line of its input is a look: width, height, page, picture, with tabs between.
 * For each it runs a script in the page, prints what that returns as a line, and writes the picture as bytes, BGRA.
 */
public final class Browser {
  private static final int WIDTH = 0, HEIGHT = 1, PAGE = 2, PICTURE = 3;

  private final BufferedReader looks = new BufferedReader(new InputStreamReader(System.in));
  private final WebView view = new WebView();
  private final String script;
  private String[] look;
  private byte[] before;

  /** Takes a picture in every frame, until one shows something and the next shows the same. */
  private final AnimationTimer painting = new AnimationTimer() {
    @Override
    public void handle(long now) {
      attempt(Browser.this::painted);
    }
  };

  private Browser(String script) {
    this.script = script;
    Stage stage = new Stage(); // as large as the screen, whatever is looked at: one that grows is drawn half grown
    stage.setScene(new Scene(new Pane(view)));
    stage.setMaximized(true);
    stage.show();
    view.getEngine().getLoadWorker().stateProperty().addListener((worker, was, is) -> attempt(() -> entered(is)));
  }

  public static void main(String[] arguments) throws IOException {
    String script = Files.readString(Path.of(arguments[0]));
    Platform.startup(() -> attempt(() -> new Browser(script).next()));
  }

  private interface Step {
    void take() throws IOException;
  }

  /** What fails must end the process: nobody waits for a browser that has stopped looking. */
  private static void attempt(Step step) {
    try {
      step.take();
    } catch (IOException | RuntimeException fault) {
      fault.printStackTrace();
      System.exit(1);
    }
  }

  private void next() throws IOException {
    String line = looks.readLine();
    if (line == null) {
      Platform.exit();
      return;
    }
    look = line.split("\t");
    view.setPrefSize(Integer.parseInt(look[WIDTH]), Integer.parseInt(look[HEIGHT]));
    view.getEngine().load(look[PAGE]);
  }

  private void entered(Worker.State state) throws IOException {
    if (state == Worker.State.FAILED) {
      throw new IOException(look[PAGE], view.getEngine().getLoadWorker().getException());
    }
    if (state == Worker.State.SUCCEEDED) {
      System.out.println(view.getEngine().executeScript(script));
      before = null;
      painting.start();
    }
  }

  private void painted() throws IOException {
    WritableImage image = view.snapshot(null, null);
    int width = (int) image.getWidth(), height = (int) image.getHeight();
    byte[] pixels = new byte[4 * width * height];
    image.getPixelReader().getPixels(0, 0, width, height, PixelFormat.getByteBgraInstance(), pixels, 0, 4 * width);
    boolean isBlank = Arrays.mismatch(pixels, 4, pixels.length, pixels, 0, pixels.length - 4) < 0;
    if (isBlank || !Arrays.equals(pixels, before)) {
      before = pixels;
      return;
    }
    painting.stop();
    Files.write(Path.of(look[PICTURE]), pixels);
    next();
  }
}
